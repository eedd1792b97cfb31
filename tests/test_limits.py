"""What docs/options.md says that the log says where a client passes a limit."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import colours
from tests.support.colours import Client
from tests.support.messages import Scene, codes, is_in_the_source

pytest_plugins = ["tests.support.scenes"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "options.md"
LIMIT = re.compile(r"^\| `(\w+)` \|(?:[^|]*\|){3} ([^|]*) \|$", re.MULTILINE)


def section(title: str) -> str:
    """The section of the page below a heading."""
    after = PAGE.read_text(encoding="utf-8").partition(f"\n{title}\n")[2]
    return re.split("^#", after, maxsplit=1, flags=re.MULTILINE)[0]


SERVERS, CLIENTS = section("## Limits"), section("### Limits of clients")


def described(page: str) -> dict[str, list[str]]:
    """The lines of the log by option."""
    return {
        name: [code for code in codes(cell) if not code.startswith(("max_", "engineio."))]
        for name, cell in LIMIT.findall(page)
    }


LIMITS = described(SERVERS)

Passing = Callable[[Client], Any]


def deep(client: Client) -> None:
    client.send("2" + "[" * 9 + "]" * 9)


def send_attachments(client: Client) -> None:
    client.send('52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')


def send_faster_than_handled(client: Client) -> None:
    """Send two events while one may be handled at a time."""
    colour, sio = client._colour, client._server
    sio.on("x", colour.handler(lambda sid: sio.sleep(0.1)))
    client.send('2["x"]', '2["x"]')


def fill(client: Client) -> None:
    """Have more sent to the client than may wait, between two polls."""
    colour, sio = client._colour, client._server
    for _ in range(30):
        if not sio._engine.sessions:
            break
        colour.result(sio.emit("x", "y" * 100))


# What the server is made with, and how a client passes the limit.
PASSED: dict[str, tuple[dict[str, Any], Passing]] = {
    "max_body_chunks": ({"max_http_buffer_size": 50}, lambda client: client.send("2" * 100)),
    "max_http_buffer_size": ({"max_http_buffer_size": 50}, lambda client: client.send("2" * 100)),
    "max_payload_packets": ({"max_payload_packets": 2}, lambda client: client.send(*["1"] * 3)),
    "max_namespaces": (
        {"max_namespaces": 1, "namespaces": "*"},
        lambda client: client.send("0/b,"),
    ),
    "max_attachments": ({"max_attachments": 1}, send_attachments),
    "max_attachment_bytes": (
        {"max_attachment_bytes": 5},
        lambda client: client.request(
            "POST", '451-["x",{"_placeholder":true,"num":0}]\x1ebAAAAAAAAAAAA'
        ),
    ),
    "attachment_timeout": (
        {"attachment_timeout": 0.01},
        lambda client: client.send('51-["x",{"_placeholder":true,"num":0}]'),
    ),
    "max_json_depth": ({"max_json_depth": 5}, deep),
    "max_int_digits": ({"max_int_digits": 3}, lambda client: client.send('2["x",1234]')),
    "max_containers": ({"max_containers": 3}, lambda client: client.send('2["x",[[]],[]]')),
    "max_running_handlers": ({"max_running_handlers": 1}, send_faster_than_handled),
    "max_queue_messages": ({"max_queue_messages": 1}, fill),
    "max_queue_bytes": ({"max_queue_bytes": 150}, fill),
}
# Provoked by tests of their own: with a crowd, a clock or a web server.
ELSEWHERE = {
    "max_sessions",
    "max_sessions_per_address",
    "max_header_bytes",
    "body_timeout",
    "max_fragments",
    "upgrade_timeout",
    "max_threads",
    "slow_client_timeout",
}
SILENT = {"max_pending_acks"}


@pytest.mark.parametrize("option", PASSED)
def test_the_log_says_that_a_limit_is_passed(scene: Scene, option: str) -> None:
    options, go_past = PASSED[option]
    scene.server(**options)
    client = scene.client()
    client.connect()
    go_past(client)
    messages = LIMITS[option] or LIMITS["max_http_buffer_size"]
    scene.expect(*messages)


def test_the_log_says_that_no_namespace_was_requested(scene: Scene) -> None:
    scene.server(connect_timeout=0.01)
    scene.client()
    scene.expect(*LIMITS["connect_timeout"])


def test_the_log_says_that_a_connect_handler_takes_long(scene: Scene) -> None:
    sio = scene.server(accept_timeout=0.01)
    sio.on("connect", scene.colour.handler(lambda sid, environ: sio.sleep(0.5)))
    client = scene.client()
    with pytest.raises(colours.Refused, match="Connect request timed out"):
        client.connect()
    scene.expect(*LIMITS["accept_timeout"])


def test_every_limit_is_looked_at() -> None:
    timed = {"connect_timeout", "accept_timeout"}
    assert set(LIMITS) == {*PASSED, *ELSEWHERE, *SILENT, *timed}
    assert all(LIMITS[option] for option in ELSEWHERE)
    assert not any(LIMITS[option] for option in SILENT)


@pytest.mark.parametrize("page", [SERVERS, CLIENTS], ids=["servers", "clients"])
def test_every_line_of_the_log_is_in_the_source(page: str) -> None:
    lines = [line for found in described(page).values() for line in found]
    assert len(lines) >= 9
    assert [line for line in lines if not is_in_the_source(without_detail(line))] == []


def without_detail(line: str) -> str:
    """A refusal's detail in parentheses is a text of its own."""
    return re.sub(r"(request refused: [^(]*) \(.*\)$", r"\1", line)
