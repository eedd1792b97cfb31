"""Whatever is published on the channel of a manager, over real brokers: refused, and told once."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sio_core.cluster import Publication, Refusal
from tests.support import colours
from tests.support.brokers.broker import Broker
from tests.support.memory_broker import AsyncHookManager, HookManager
from tests.support.overriding import are_one, handling, is_async, joined, serve
from tests.test_manager_hooks import COLOURS, kind_of, over_all

pytest_plugins = ["tests.support.brokers.fixtures"]

HUGE = 100_000
"""What the servers of these tests read at most, in bytes."""
DEEP = 40_000
"""Brackets of a message that is deep and not huge, half of them open it."""


@pytest.fixture
def colour(request: pytest.FixtureRequest) -> Iterator[Any]:
    found = COLOURS[request.param]()
    yield found
    found.close()


class Bomb:
    """An object whose pickle makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def garbage(path: Path) -> dict[Refusal, list[bytes]]:
    """Messages that are none, by the reason why. What a pickle does shows at the `path`."""
    deep = b"[" * (DEEP // 2) + b"]" * (DEEP // 2)
    emit: dict[str, Any] = {"method": "emit", "event": "bad", "data": [1], "host_id": "other"}
    wrong = [
        {**emit, "event": 7},
        {**emit, "namespace": ["/"]},
        {**emit, "room": {"a": 1}},
        {**emit, "callback": 1},
        {**emit, "binary": True, "data": [["a"], "no base64!"]},
        {**emit, "method": None},
        {**emit, "sequence": -1},
        {"method": "disconnect", "sid": None, "host_id": "other"},
        {"method": "enter_room", "sid": "s", "host_id": "other"},
    ]
    return {
        Refusal.NOT_JSON: [b"", b"garbage", b"\xff\xfe", b'{"method":', b"[]", b"7", deep],
        Refusal.NOT_A_MESSAGE: [
            b"{}",
            b"S1[",
            b'S1["e"]\n',
            b"S1" + deep + b"\n",
            b'S1["e","h",1,"/",[["a"],{}],[],0,null,"json","t",[2]]\n42',
            *[json.dumps(each).encode() for each in wrong],
        ],
        Refusal.PICKLE: [
            pickle.dumps(emit),
            *[pickle.dumps(Bomb(path), protocol) for protocol in (2, 3, 4, 5)],
        ],
        Refusal.TOO_LARGE: [
            b"x" * (HUGE + 1),
            json.dumps({**emit, "data": "x" * HUGE}).encode(),
            b"[" * (HUGE + 1),
            b"S1[" + b"[" * HUGE,
        ],
    }


def no_errors_of_managers(caplog: pytest.LogCaptureFixture) -> bool:
    """Return whether no server logged an error; what asyncio says of other tests does not count."""
    return not any(
        record.levelno >= logging.ERROR
        for record in caplog.records
        if record.name.startswith("socketio")
    )


@over_all
def test_garbage_is_refused_counted_and_told_once(
    broker: Broker, colour: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    kind, channel = kind_of(broker, colour), broker.new_channel()
    one, two = (serve(colour, kind(broker.url, channel, max_receive_size=HUGE)) for _ in range(2))
    first, second = joined(colour, one), joined(colour, two)
    are_one(colour, one, two, first, second)
    colours.until(colour, lambda: one.manager.health().healthy)
    published = garbage(tmp_path / "made")
    runner = one.manager._runner
    for payload in [each for payloads in published.values() for each in payloads]:
        publication = Publication(runner.node.channels.all, payload)
        colour.result(runner.broker.publish([publication]))
    colour.result(one.emit("after", 1))
    assert second.packet() == first.packet() == '2["after",1]'
    wanted = {reason: len(payloads) for reason, payloads in published.items()}
    for sio in (one, two):
        colours.until(colour, lambda sio=sio: sio.manager.health().counters.refused == wanted)
        assert sio.manager.health().healthy
    assert not (tmp_path / "made").exists()
    told = [
        record.getMessage() for record in caplog.records if "were refused" in record.getMessage()
    ]
    assert len(told) == 2 * len(wanted)
    for reason in wanted:
        assert sum(f"1 messages were refused ({reason}): " in text for text in told) == 2
    assert no_errors_of_managers(caplog)


@pytest.mark.parametrize("colour", COLOURS, indirect=True)
@pytest.mark.parametrize("handles", [False, True])
@pytest.mark.parametrize("key", ["data", "room", "callback", "extra"])
def test_what_listen_yields_may_be_deep(
    colour: Any, handles: bool, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    base = AsyncHookManager if is_async(colour) else HookManager
    kind = handling(colour, base) if handles else base
    queues: list[Any] = []
    made = [kind(queues) for _ in range(2)]
    for manager in made:
        manager.notes = []
    one, two = (serve(colour, manager) for manager in made)
    first, second = joined(colour, one), joined(colour, two)
    are_one(colour, one, two, first, second)
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    message = {"method": "emit", "event": "bad", "namespace": "/", "host_id": "other", "data": [1]}
    for put in queues:
        put({**message, key: deep})
    colour.result(one.emit("after", 1))
    for client in (first, second):
        while client.packet() != '2["after",1]':
            pass
    refused = {Refusal.NOT_A_MESSAGE: 1}
    for manager in made:
        # A server's own clients have what it emits before it hears what others say.
        colours.until(colour, lambda manager=manager: manager.health().counters.refused == refused)
        assert manager.health().connected
    assert "does not work" not in caplog.text
    assert no_errors_of_managers(caplog)
