"""The names of python-socketio are those of `socketio`, but for what docs/different.md lists."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from typing import Any

from tests.support.names_differing import Difference, differing
from tests.support.servers import ROOT

PAGE = ROOT / "docs" / "different.md"
ROW = re.compile(r"\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|")

HOOKS = ("_trigger_event", "_get_event_handler", "_get_namespace_handler")
EIO_HOOKS = (
    *("_send_packet", "_send_eio_packet"),
    *("_handle_eio_connect", "_handle_eio_message", "_handle_eio_disconnect"),
)
BY_NAME = "POSITIONAL_OR_KEYWORD"
MESSAGES = ("emit", "callback", "disconnect", "enter_room", "leave_room", "close_room")
PRIVATE = frozenset(
    f"{name}.{hook}"
    for names, hooks in {
        ("Server", "AsyncServer", "BaseServer"): HOOKS,
        ("Server", "AsyncServer"): EIO_HOOKS,
        ("Client", "AsyncClient", "BaseClient"): HOOKS,
        ("BaseServerNamespace",): ("_set_server",),
        ("BaseClientNamespace",): ("_set_client",),
        ("Packet",): ("_to_dict",),
        ("BaseManager",): ("_get_logger",),
        ("PubSubManager", "AsyncPubSubManager"): (
            *("_publish", "_listen", "_thread"),
            *(f"_handle_{name}" for name in MESSAGES),
        ),
        ("RedisManager", "AsyncRedisManager"): ("_redis_connect",),
        ("InstrumentedServer", "InstrumentedAsyncServer"): ("_emit_server_stats",),
    }.items()
    for name in names
    for hook in hooks
)
"""What programs override, replace or call of what is private."""


def dump(python: str) -> Any:
    command = [python, "-W", "ignore", "tests/support/names_dump.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def listed() -> list[Difference]:
    _, _, names = PAGE.read_text(encoding="utf-8").partition("\n## Names that are different\n")
    rows = ROW.findall(names)
    assert all(why.strip() for _, _, why in rows)
    return [(name, text) for name, text, _ in rows]


def escaped(pattern: str) -> str:
    """Return a pattern in which only `*` stands for something else."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def matches(difference: Difference, row: Difference) -> bool:
    return all(map(fnmatchcase, difference, map(escaped, row)))


def said(differences: Sequence[Difference]) -> str:
    return "\n".join(f"| `{name}` | {text} | why |" for name, text in differences)


def test_the_names_are_those_of_python_socketio_but_for_those_listed(peer_python: str) -> None:
    with ThreadPoolExecutor() as pool:
        theirs, ours = pool.map(dump, (peer_python, sys.executable))
    found = list(differing(theirs, ours, PRIVATE))
    rows = listed()
    new = [each for each in found if not any(matches(each, row) for row in rows)]
    assert not new, f"these are not in {PAGE.name}:\n{said(new)}"
    gone = [row for row in rows if not any(matches(each, row) for each in found)]
    assert not gone, f"these are no differences any more:\n{said(gone)}"


def test_a_difference_of_each_kind_is_found() -> None:
    def package(parameters: list[Any], **members: Any) -> Any:
        kind = {"kind": "class", "bases": [], "parameters": parameters, "members": members}
        return {"modules": {"server": {"Server": kind}}, "instances": {"Server": {"a": "1"}}}

    def method(*parameters: list[Any]) -> Any:
        return {
            "kind": "method",
            "binding": "",
            "parameters": [["self", BY_NAME, None], *parameters],
        }

    first, second = ["first", BY_NAME, None], ["second", BY_NAME, "1"]
    theirs = package([first, second], run=method(first), stop=method(), value=method())
    ours = package(
        [second, ["first", BY_NAME, "2"], ["third", "KEYWORD_ONLY", "3"]],
        run={**method(first, ["more", "KEYWORD_ONLY", None]), "kind": "coroutine"},
        stop=method(["more", BY_NAME, None]),
    )
    ours["instances"]["Server"] = {"a": "2"}
    assert list(differing(theirs, ours, frozenset())) == [
        ("server.Server(first)", "at another place"),
        ("server.Server(second)", "at another place"),
        ("server.Server.run", "a coroutine, not a method"),
        ("server.Server.stop(more)", "has to be given"),
        ("server.Server.value", "not there"),
        ("Server().a", "2, not 1"),
    ]
    assert list(differing(theirs, theirs, frozenset())) == []
    assert list(differing(theirs, {"modules": {}, "instances": {"Server": {}}}, frozenset())) == [
        ("server", "no such module"),
        ("Server().a", "not there"),
    ]
