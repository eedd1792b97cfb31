"""Functions of the application that encode and decode, and look at the client meanwhile."""

import json
import threading
from typing import Any

import pytest

from sio_client import Client

from .conftest import MakeClient
from .loops import LIMIT, until
from .site import Site

of_client = pytest.mark.parametrize("make", [Client], indirect=True, ids=["Client"])


class Curious:
    """What an application may do while it encodes or decodes: ask the client where it stands."""

    def __init__(self) -> None:
        self.sio: Any = None
        self.asked: set[str] = set()
        self.mark: int | None = None
        """What it emits once, if it is a number."""

    def look(self, where: str) -> None:
        if self.sio is None:
            return
        self.asked.add(where)
        assert isinstance(self.sio.connected, bool)
        assert isinstance(self.sio.namespaces, dict)
        if self.sio.get_sid() is not None:
            assert self.sio.transport() in ("polling", "websocket")
            mark, self.mark = self.mark, None
            if mark is not None:
                self.sio.emit("keep", (mark, where))

    def dumps(self, value: Any, **options: Any) -> str:
        self.look("dumps")
        return json.dumps(value, **options)

    def loads(self, text: str, **options: Any) -> Any:
        self.look("loads")
        return json.loads(text, **options)


def in_time(call: Any) -> Any:
    """What a call returns, which could wait for itself for ever."""
    returned: list[Any] = []
    thread = threading.Thread(target=lambda: returned.append(call()), daemon=True)
    thread.start()
    thread.join(LIMIT)
    assert returned, "it waits for itself"
    return returned[0]


def test_they_look(make: MakeClient, site: Site, transports: list[str]) -> None:
    curious = Curious()
    client = make(json=curious)
    curious.sio = client.sio
    client.connect(site.url, transports=transports, auth={"token": 1})
    assert in_time(lambda: client.call("ask", {"a": 1})) == {"a": 1}
    assert curious.asked == {"dumps", "loads"}


@of_client  # of the other an emit has to be awaited, which these functions cannot
@pytest.mark.parametrize("where", ["dumps", "loads"])
def test_they_emit(make: MakeClient, site: Site, transports: list[str], where: str) -> None:
    curious = Curious()
    client = make(json=curious)
    client.connect(site.url, transports=transports)
    look, mark = curious.look, site.mark()
    curious.look = lambda here: look(here) if here == where else None  # type: ignore[method-assign]
    curious.sio, curious.mark = client.sio, mark
    assert in_time(lambda: client.call("ask", 1)) == 1
    until(lambda: site.kept_of(mark) == [[where]])


@of_client  # an event loop encodes in its one thread
def test_nobody_waits_for_what_encodes(make: MakeClient, site: Site) -> None:
    client = make(json=(waiting := Waiting()))
    client.connect(site.url, transports=["websocket"])
    mark = site.mark()
    waiting.meanwhile = lambda: client.emit("keep", mark, "meanwhile")
    in_time(lambda: client.emit("keep", mark, "first") or True)
    until(lambda: site.kept_of(mark) == [["meanwhile"], ["first"]])
    waiting.meanwhile = lambda: client.emit("keep", mark, "asked")
    assert in_time(lambda: client.call("ask", 1)) == 1

    def question() -> int:
        waiting.meanwhile = lambda: client.emit("keep", mark, "answered")
        return 1

    client.on("question", question)
    client.emit("call_me", "question")
    until(lambda: site.kept_of(mark)[2:] == [["asked"], ["answered"]])


@of_client
def test_nobody_waits_for_what_decodes(make: MakeClient, site: Site, transports: list[str]) -> None:
    client = make(json=(waiting := Waiting()))
    client.connect(site.url, transports=transports)
    client.settled(transports)
    mark = site.mark()
    waiting.before_loads = lambda: client.emit("keep", mark, "meanwhile")
    assert in_time(lambda: client.call("ask", 1)) == 1
    until(lambda: site.kept_of(mark) == [["meanwhile"]])


@of_client
def test_what_is_decoded_late_keeps_its_order(
    make: MakeClient, site: Site, transports: list[str]
) -> None:
    client = make(json=(waiting := Waiting()))
    client.watch()
    client.connect(site.url, transports=transports)
    client.settled(transports)
    # While the first message is decoded, those after it are asked for, and arrive.
    waiting.before_loads = lambda: [client.emit("echo", number) for number in range(1, 50)]
    in_time(lambda: client.emit("echo", 0) or True)
    client.received("echoed", 50)
    assert client.got("echoed") == [(number,) for number in range(50)]


@of_client
def test_what_is_decoded_after_the_end_is_not_told(
    make: MakeClient, site: Site, transports: list[str]
) -> None:
    client = make(json=(waiting := Waiting()), reconnection=False)
    client.watch()
    client.connect(site.url, transports=transports)
    client.settled(transports)
    left = client.begin  # in a thread of its own: it waits for the thread that decodes
    done: list[Any] = []

    def leave() -> None:
        done.append(left("disconnect"))
        until(lambda: not client.sio.connected)

    waiting.before_loads = leave
    client.emit("echo", "late")
    until(lambda: bool(done))
    done[0].result(LIMIT)
    assert client.got("echoed") == []
    assert client.received("disconnect") == [(client.sio.reason.CLIENT_DISCONNECT,)]


class Waiting:
    """Encodes, or decodes, once only when another thread has used the client."""

    def __init__(self) -> None:
        self.meanwhile: Any = None
        self.before_loads: Any = None

    def dumps(self, value: Any, **options: Any) -> str:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            in_time(lambda: meanwhile() or True)
        return json.dumps(value, **options)

    def loads(self, text: str, **options: Any) -> Any:
        before, self.before_loads = self.before_loads, None
        if before is not None:
            in_time(lambda: before() or True)
        return json.loads(text, **options)
