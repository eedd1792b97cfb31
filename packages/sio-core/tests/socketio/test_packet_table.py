"""What the server does with each packet that is on the table of the JavaScript parser.

A packet that the table refuses ends the connection of its sender, with a reason
whose detail says what was wrong, and nobody else notices.
"""

from typing import Any

import pytest

from sio_core import Frame, engineio
from sio_core.socketio import ConnectionClosed, ConnectRequested, Disconnected, EventReceived
from sio_core.testing import ClientModel, Net

HOLE = '{"_placeholder":true,"num":%s}'
ILLEGAL = "parse error: illegal attachments"
INVALID = "parse error: invalid payload"
UNKNOWN = "parse error: unknown packet type"
NO_NAMESPACE = "parse error: packet for no namespace"

REFUSED: list[tuple[tuple[Frame, ...], str]] = [
    (('50-["a"]',), ILLEGAL),
    (('511-["a"]',), "parse error: too many attachments"),
    (('5["a"]',), ILLEGAL),
    (('51["a"]',), ILLEGAL),
    (('5-["a"]',), ILLEGAL),
    (('51-["a"]', '2["b"]'), "parse error: text frame while attachments are missing"),
    ((f'51-["a",{HOLE % 1}]', b"x"), ILLEGAL),
    ((f'51-["a",{HOLE % "-1"}]', b"x"), ILLEGAL),
    (('51-["a",' + HOLE % '"0"' + "]", b"x"), ILLEGAL),
    ((b"x",), "parse error: binary frame without a packet"),
    (("0[]",), INVALID),
    (("0null",), INVALID),
    (('0"x"',), INVALID),
    (("1{}",), INVALID),
    (("2[]",), INVALID),
    (("2{}",), INVALID),
    (("2[null]",), INVALID),
    *(
        ((f'2["{name}"]',), INVALID)
        for name in (
            "connect",
            "connect_error",
            "disconnect",
            "disconnecting",
            "newListener",
            "removeListener",
        )
    ),
    (("3{}",), INVALID),
    (("4[]",), NO_NAMESPACE),
    (('4"x"',), NO_NAMESPACE),
    (("4{}",), NO_NAMESPACE),
    (("4",), NO_NAMESPACE),
    (("7",), UNKNOWN),
    (("9",), UNKNOWN),
    (("abc",), UNKNOWN),
    (("",), UNKNOWN),
    (("2" + "9" * 21 + '["x"]',), "parse error: packet id is too long"),
    (('2 1["a"]',), "parse error: invalid JSON"),
    (('2["a"',), "parse error: invalid JSON"),
    (("2[" * 100,), "parse error: invalid JSON"),
    (('2["a",' + "[" * 200 + "]" * 200 + "]",), "parse error: JSON is nested too deep"),
    (('2["a",' + "[" * 90_000 + "]" * 90_000 + "]",), "parse error: JSON is nested too deep"),
    (
        ('2["a",' + "[" * 100_000 + "]" * 100_000 + "]",),
        "parse error: JSON with too many arrays and objects",
    ),
    (('2["a",' + "9" * 101 + "]",), "parse error: JSON integer is too long"),
    (("0/" + "x" * 600,), "parse error: namespace is too long"),
    # The server's own rules ("Server behaviour required").
    (("0",), "namespace is connected already"),
    (('2/other,["x"]',), "parse error: event for no namespace"),
    (('2/a?b=c,["x"]',), "parse error: event for no namespace"),
    (("2/ns",), "parse error: event for no namespace"),
    (("3/other,1[]",), NO_NAMESPACE),
]

ACCEPTED: list[tuple[tuple[Frame, ...], list[tuple[Any, list[Any], int | None]]]] = [
    (('2["message"]',), [("message", [], None)]),
    (("2[1]",), [(1, [], None)]),
    (("2[1.5,2]",), [(1.5, [2], None)]),
    (("2",), []),
    (("212",), []),
    (("3",), []),
    (("3[]",), []),
    (("30[]",), []),
    (("399[]",), []),
    (("1/other",), []),
    (("1/other,",), []),
    (('51-["a"]', b"x"), [("a", [], None)]),
    (
        ('51-["a",{"_placeholder":1,"num":0}]', b"x"),
        [("a", [{"_placeholder": 1, "num": 0}], None)],
    ),
    ((f'51-7["a",{HOLE % 0}]', b"x"), [("a", [b"x"], 7)]),
    (('20["zero"]',), [("zero", [], 0)]),
    (('2["*"]',), [("*", [], None)]),
]


def net_of_two(first: str = "/", transport: str = "websocket") -> tuple[Net, ClientModel]:
    """Return a net with a client under test, and behind it a bystander."""
    net = Net(engine_config=engineio.Config(ping_interval=1000.0))
    net.on_event = net.accept_all
    for namespace in (first, "/"):
        client = net.add_client(ClientModel((transport,)))
        if namespace:
            client.connect(namespace)
        net.run()
    net.events.clear()
    return net, net.clients[0]


def feed(net: Net, client: ClientModel, frames: tuple[Frame, ...]) -> None:
    client.raw(*("4" + frame if isinstance(frame, str) else frame for frame in frames))
    net.run()


def nobody_else_noticed(net: Net) -> None:
    bystander = net.clients[1]
    assert bystander.closed is None
    bystander.emit("fine")
    net.run()
    last = net.events[-1]
    assert isinstance(last, EventReceived)
    assert last.name == "fine"
    net.server.emit("news", [])
    net.settle()
    net.run()
    assert [event.name for event in bystander.events] == ["news"]


def name_of(value: Any) -> str:
    return repr(value)[:40]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize(("frames", "detail"), REFUSED, ids=name_of)
def test_refused(frames: tuple[Frame, ...], detail: str, transport: str) -> None:
    net, client = net_of_two(transport=transport)
    feed(net, client, (*frames, '2["too late"]'))
    assert client.closed is not None
    left, closed = net.events
    assert isinstance(left, Disconnected)
    assert isinstance(closed, ConnectionClosed)
    assert left.reason == closed.reason == "transport error"
    assert left.reason.detail == detail
    nobody_else_noticed(net)


@pytest.mark.parametrize(("frames", "expected"), ACCEPTED, ids=name_of)
def test_accepted(frames: tuple[Frame, ...], expected: list[Any]) -> None:
    net, client = net_of_two()
    feed(net, client, frames)
    assert [(event.name, event.args, event.ack_id) for event in net.events] == expected
    assert client.closed is None
    nobody_else_noticed(net)


@pytest.mark.parametrize("frame", ["0", "0{}", "0/", "0/,", "012", '0{"a":1}'])
def test_connects(frame: str) -> None:
    net, client = net_of_two(first="")
    client._asked.add("/")
    feed(net, client, (frame,))
    assert list(client.sids) == ["/"]


@pytest.mark.parametrize(
    ("frame", "namespace", "auth"),
    [
        ("0/admin", "/admin", None),
        ("0/admin,", "/admin", None),
        ('0/admin,{"a":1}', "/admin", {"a": 1}),
        ("0/a?b=c,", "/a?b=c", None),
    ],
)
def test_connects_to_a_namespace(frame: str, namespace: str, auth: Any) -> None:
    net, client = net_of_two(first="")
    client._asked.add(namespace)
    feed(net, client, (frame,))
    (event,) = net.events
    assert isinstance(event, ConnectRequested)
    assert (event.socket.namespace, event.auth) == (namespace, auth)
    assert list(client.sids) == [namespace]


@pytest.mark.parametrize(
    ("frame", "detail"),
    [
        ('2["x"]', "parse error: event for no namespace"),
        ("31[]", NO_NAMESPACE),
        ("4", NO_NAMESPACE),
        ("2", "parse error: event for no namespace"),
    ],
)
def test_the_first_packet_must_be_a_connect(frame: str, detail: str) -> None:
    net, client = net_of_two(first="")
    feed(net, client, (frame,))
    (closed,) = net.events
    assert isinstance(closed, ConnectionClosed)
    assert closed.reason.detail == detail
    assert client.closed is not None


def test_every_namespace_of_the_connection_drops() -> None:
    net, client = net_of_two()
    client.connect("/a")
    net.run()
    net.events.clear()
    feed(net, client, ('2/a,["connect"]',))
    assert [type(event) for event in net.events] == [Disconnected, Disconnected, ConnectionClosed]


def test_events_before_the_answer_end_the_connection() -> None:
    net = Net()
    client = net.add_client(ClientModel(("websocket",)))
    client.connect()
    client.raw('42["eager"]')
    net.run()
    assert net.events[-1].reason.detail == "parse error: event for no namespace"


def test_a_second_request_before_the_first_is_answered_ends_the_connection() -> None:
    net = Net()
    client = net.add_client(ClientModel(("websocket",)))
    client.connect()
    client.connect()
    net.run()
    assert net.events[-1].reason.detail == "namespace is connected already"


def test_bytes_are_a_lost_cause_where_attachments_grow_too_large() -> None:
    net, client = net_of_two()
    feed(net, client, ('52-["a"]', b"x" * 600_000, b"x" * 600_000))
    assert net.events[-1].reason.detail == "parse error: attachments are too large"
    nobody_else_noticed(net)
