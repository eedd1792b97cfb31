"""Socket.IO protocol 5 over both transports of a running server: good packets and bad ones."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.support.raw import Client, Polling, Socket, left
from tests.support.servers import Served
from tests.support.servers import few_elsewhere_of_drivers as few_elsewhere

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"
BOTH = [Polling, Socket]
OTHERWISE = {"namespaces": "*", "max_namespaces": 3, "async_handlers": False}
"""Of one server more, for all tests that need other options than the usual ones."""


@pytest.fixture
def served(serve_driver: Callable[..., Served]) -> Served:
    return serve_driver(ECHO)


@pytest.fixture(params=BOTH, ids=["polling", "websocket"])
async def client(served: Served, request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    async with request.param(served) as client:
        yield client


# Namespaces --------------------------------------------------------------------------------


@few_elsewhere("connect", ["40", "40{}", '40{"token":"1"}', "40/,"], ["40"])
async def test_connecting_to_the_main_namespace(client, connect):
    await client.send(connect)
    answer = await client.receive()
    assert answer.startswith('40{"sid":"')
    assert answer != f'40{{"sid":"{client.opened["sid"]}"}}'


@few_elsewhere("connect", ["40/custom", "40/custom,", "40/custom,{}"], ["40/custom,"])
async def test_connecting_to_another_namespace(client, connect):
    await client.send(connect)
    assert (await client.receive()).startswith('40/custom,{"sid":"')


@few_elsewhere("name", ["/unknown", "/custo", "/customer", "/*", "/custom?a=b"], ["/unknown"])
async def test_an_unknown_namespace_is_refused_and_the_connection_stays(client, name):
    await client.send(f"40{name},")
    assert await client.receive() == f'44{name},{{"message":"Invalid namespace"}}'
    await client.join()
    assert await client.ask("ask", 1) == [1]


REFUSED = [
    ({"refuse": False}, '{"message":"Connection rejected by server"}'),
    ({"refuse": []}, '{"message":"Connection rejected by server"}'),
    ({"refuse": ["no"]}, '{"message":"no"}'),
    ({"refuse": ["no", {"a": 1}]}, '{"message":"no","data":{"a":1}}'),
    ({"refuse": ["no", 1, 2]}, '{"message":"no","data":[1,2]}'),
]


@few_elsewhere("auth,answer", REFUSED, REFUSED[-1:])
async def test_a_refused_connection_is_told_why(client, auth, answer):
    with pytest.raises(AssertionError, match="44"):
        await client.join(auth=auth)
    with pytest.raises(AssertionError) as caught:
        await client.join(auth=auth)
    assert f"44{answer}" in str(caught.value)
    await client.join()


async def test_namespaces_are_apart(client, served):
    main, custom = await client.join(), await client.join("/custom")
    assert main != custom
    await client.send('42/custom,["echo","here"]')
    assert await client.receive() == '42/custom,["echoed","here"]'
    await client.send("41/custom,")
    facts = await left(served, custom)
    assert (facts["reason"], facts["namespace"]) == ("client disconnect", "/custom")
    assert await client.ask("ask", 1) == [1]
    assert await client.join("/custom") != custom


async def test_the_server_ends_one_namespace(client, served):
    custom = await client.join("/custom")
    await client.join()
    await client.send('42/custom,["leave"]')
    # Both spellings are legal: the packet ends behind its namespace.
    assert await client.receive() in ("41/custom,", "41/custom")
    assert (await left(served, custom))["reason"] == "server disconnect"
    assert await client.ask("ask", 1) == [1]


async def test_leaving_the_last_namespace_leaves_the_connection(client, served):
    sid = await client.join()
    await client.send("41")
    assert (await left(served, sid))["reason"] == "client disconnect"
    assert await client.join() != sid


@few_elsewhere("ending", ["41", "41/,"], ["41"])
async def test_a_namespace_that_was_left_may_be_left_again(client, ending):
    await client.join()
    await client.send(ending, "41", "41/unknown,")
    await client.join()
    assert await client.ask("ask", 1) == [1]


# Events ------------------------------------------------------------------------------------


ARGUMENTS = [
    [],
    [None],
    [1, "2", {"3": [True, False, None]}],
    ["a€😀\\u2028\\u0000\"'\\\\"],
    [1.5, -0.25, 1e300, 2**53],
    [b"\1\2\3"],
    [b"", b"\0" * 1000, "between", b"\xff"],
    [{"_placeholder": False, "num": 7}],
]


@few_elsewhere("args", ARGUMENTS, [ARGUMENTS[3], ARGUMENTS[6]])
async def test_arguments_come_back_as_they_went(client, args):
    await client.join()
    await client.emit("echo", *args)
    assert await client.event() == ["echoed", *args]
    assert await client.ask("ask", *args) == args


@few_elsewhere("ack_id", ["0", "7", "456", "999999999999999"], ["999999999999999"])
async def test_the_acknowledgement_has_the_id_of_its_event(client, ack_id):
    await client.join()
    await client.send(f'42{ack_id}["ask",1]')
    assert await client.receive() == f"43{ack_id}[1]"


async def test_an_acknowledgement_on_another_namespace(client):
    await client.join("/custom")
    await client.send('42/custom,12["ask","x"]')
    assert await client.receive() == '43/custom,12["x"]'


async def test_events_without_a_handler_get_no_answer(client):
    await client.join()
    await client.send('423["nobody"]', '42[1,"number"]', '42["nobody",1]', "42", "4212")
    assert await client.ask("ask", 1) == [1]


async def test_acknowledgements_that_nobody_waits_for_are_ignored(client):
    await client.join()
    await client.send("430[]", "43123[1]", "43")
    await client.send('461-9[{"_placeholder":true,"num":0}]', b"\1")
    assert await client.ask("ask", 1) == [1]


async def test_a_placeholder_that_is_no_placeholder_is_data(client):
    await client.join()
    await client.send('42["echo",{"_placeholder":1,"num":0}]')
    assert await client.receive() == '42["echoed",{"_placeholder":1,"num":0}]'


async def test_attachments_that_nobody_refers_to_are_dropped(client):
    await client.join()
    await client.send('451-["echo",1]', b"\1")
    assert await client.event() == ["echoed", 1]


@few_elsewhere("packet", ["0", "5", "6", '0{"sid":"x"}'], ["6"])
async def test_stray_packets_are_ignored(client, packet):
    await client.join()
    await client.send(packet)
    assert await client.ask("ask", 1) == [1]


async def test_everyone_gets_a_broadcast_whatever_the_transport(served):
    async with Polling(served) as one, Socket(served) as other, Socket(served) as elsewhere:
        await one.join()
        await other.join()
        await elsewhere.join("/custom")
        await one.emit("say", "hello", b"\1")
        assert await one.event() == ["said", "hello", b"\1"]
        assert await other.event() == ["said", "hello", b"\1"]
        await elsewhere.send('42/custom,1["ask"]')
        assert await elsewhere.receive() == "43/custom,1[]"


# Bad packets -------------------------------------------------------------------------------

BAD = {
    "no such type": ("47", "unknown packet type"),
    "no type": ("4abc", "unknown packet type"),
    "empty message": ("4", "unknown packet type"),
    "no json": ('42["echo"', ""),
    "an object as event": ("42{}", "invalid payload"),
    "an event without a name": ("42[]", "invalid payload"),
    "null as event name": ("42[null]", "invalid payload"),
    "an object as event name": ("42[{}]", "invalid payload"),
    "reserved: connect": ('42["connect",1]', "invalid payload"),
    "reserved: connect_error": ('42["connect_error"]', "invalid payload"),
    "reserved: disconnect": ('42["disconnect","x"]', "invalid payload"),
    "reserved: disconnecting": ('42["disconnecting"]', "invalid payload"),
    "reserved: newListener": ('42["newListener"]', "invalid payload"),
    "reserved: removeListener": ('42["removeListener"]', "invalid payload"),
    "reserved, escaped": ('42["\\u0063onnect"]', "invalid payload"),
    "reserved, with id": ('421["disconnect"]', "invalid payload"),
    "reserved, binary": ('451-["connect",{"_placeholder":true,"num":0}]', "invalid payload"),
    "an object as acknowledgement": ("431{}", "invalid payload"),
    "an array as auth": ("40/custom,[]", "invalid payload"),
    "null as auth": ("40/custom,null", "invalid payload"),
    "text as auth": ('40/custom,"x"', "invalid payload"),
    "data with a disconnect": ("41{}", "invalid payload"),
    "a connect error by the client": ('44"x"', "packet for no namespace"),
    "an event elsewhere": ('42/custom,["echo"]', "event for no namespace"),
    "an event for nowhere": ('42/nowhere,["echo"]', "event for no namespace"),
    "an acknowledgement elsewhere": ("43/custom,1[]", "packet for no namespace"),
    "no attachments": ('450-["echo"]', "illegal attachments"),
    "attachments without number": ('45-["echo"]', "illegal attachments"),
    "attachments without dash": ('451["echo"]', "illegal attachments"),
    "eleven attachments": ('4511-["echo"]', "too many attachments"),
    "endless attachments": ('4599999999999999999999-["echo"]', "illegal attachments"),
    "a huge id": ('42299999999999999999999["ask"]', "packet id is too long"),
    "deep json": ("42" + "[" * 100_000 + "]" * 100_000, ""),
    "deep objects": ('42["echo",' + '{"a":' * 5000 + "1" + "}" * 5000 + "]", ""),
    "a huge integer": ('42["echo",' + "9" * 5000 + "]", ""),
    "a very huge integer": ('42["echo",' + "9" * 500_000 + "]", ""),
    "an endless namespace": ("40/" + "a" * 5000 + ",", "namespace is too long"),
}


# A packet by itself, with attachments, one that a small stack cannot decode, and a long one.
@few_elsewhere(
    "name", BAD, ["no such type", "reserved, binary", "deep json", "a very huge integer"]
)
async def test_a_bad_packet_ends_this_connection_alone(client, served, name):
    packet, detail = BAD[name]
    async with Socket(served) as bystander:
        await bystander.join()
        sid = await client.join()
        await client.ends_with(packet)
        facts = await left(served, sid)
        assert facts["reason"] == "transport error"
        assert facts["times"] == 1
        assert facts["detail"].startswith("parse error: " + detail)
        assert await bystander.ask("ask", 1) == [1]


SEQUENCES = {
    "text among attachments": ['452-["echo"]', b"\1", '42["echo"]'],
    "a binary message by itself": [b"\1\2\3"],
    "num out of range": ['451-["echo",{"_placeholder":true,"num":1}]', b"\1"],
    "num below zero": ['451-["echo",{"_placeholder":true,"num":-1}]', b"\1"],
    "num as text": ['451-["echo",{"_placeholder":true,"num":"0"}]', b"\1"],
    "num missing": ['451-["echo",{"_placeholder":true}]', b"\1"],
    "too many bytes": [
        '453-["echo",{"_placeholder":true,"num":0}]',
        *[b"\0" * 600_000] * 3,
    ],
}


@few_elsewhere("name", SEQUENCES, ["a binary message by itself", "too many bytes"])
async def test_bad_attachments_end_the_connection(client, served, name):
    sid = await client.join()
    await client.ends_with(*SEQUENCES[name])
    facts = await left(served, sid)
    assert facts["reason"] == "transport error"
    assert facts["detail"].startswith("parse error")


async def test_connecting_twice_ends_the_connection(client, served):
    sid = await client.join()
    await client.ends_with("40")
    facts = await left(served, sid)
    assert (facts["reason"], facts["times"]) == ("transport error", 1)


async def test_all_namespaces_end_with_the_connection(client, served):
    sids = [await client.join(), await client.join("/custom")]
    await client.ends_with('42["disconnect"]')
    for sid in sids:
        facts = await left(served, sid)
        assert (facts["reason"], facts["times"], facts["rooms"]) == ("transport error", 1, [sid])


@few_elsewhere("first", ['42["echo"]', "41", "431[]", '44"x"', "4x", "49"], ["431[]"])
async def test_the_first_packet_must_connect(client, first):
    # A DISCONNECT of nothing changes nothing; all else ends the connection.
    if first == "41":
        await client.send(first)
        await client.join()
        return
    await client.ends_with(first)


async def test_too_many_namespaces_end_the_connection(serve_driver):
    served = serve_driver(ECHO, options=OTHERWISE)
    async with Socket(served) as client:
        sids = [await client.join(f"/{name}") for name in "abc"]
        assert len(set(sids)) == 3
        await client.send("40/d,")
        assert await client.closed_with() is not None


# WebSocket frames --------------------------------------------------------------------------


LARGE = ["4" + "x" * 1_000_000, b"\0" * 1_000_001, "4" + "€" * 400_000]


@few_elsewhere("frame", LARGE, LARGE[:1])
async def test_a_websocket_message_that_is_too_large_is_closed_with_1009(served, frame):
    async with Socket(served) as client:
        sid = await client.join()
        await client.send(frame)
        assert await client.closed_with() == 1009
        facts = await left(served, sid)
        assert (facts["reason"], facts["detail"]) == ("transport error", "payload too large")


@pytest.mark.parametrize(
    "server", ["uvicorn-sio", "uvicorn-sansio", "uvicorn-websockets", "uvicorn-wsproto"]
)
async def test_the_web_servers_own_limit_is_told_in_the_same_way(serve, server):
    served = serve(server, ECHO, arguments=["--ws-max-size", "5000"])
    async with Socket(served) as client:
        sid = await client.join()
        await client.send("4" + "x" * 10_000)
        assert await client.closed_with() == 1009
        facts = await left(served, sid)
        if server != "uvicorn-websockets":  # this one does not say why
            assert (facts["reason"], facts["detail"]) == ("transport error", "payload too large")


@few_elsewhere("frame", ["", "abc", "8", "bAQ=="], [""])
async def test_a_bad_websocket_packet_closes_the_websocket(served, frame):
    async with Socket(served) as client:
        sid = await client.join()
        await client.send(frame)
        assert await client.closed_with() == 1000
        facts = await left(served, sid)
        assert facts["reason"] == "transport error"
        assert facts["detail"].startswith("parse error")


async def test_a_close_packet_ends_a_websocket_session_at_once(served):
    async with Socket(served) as client:
        sid = await client.join()
        await client.send("1")
        assert await client.closed_with() == 1000
        assert (await left(served, sid))["reason"] == "transport close"


async def test_a_websocket_that_is_cut_off_has_left(served):
    async with Socket(served) as client:
        sid = await client.join()
        client.ws.transport.abort()
        facts = await left(served, sid)
        assert facts["reason"] in ("transport close", "transport error")


async def test_events_in_one_burst_are_all_handled_in_order_of_their_acknowledgements(serve_driver):
    served = serve_driver(ECHO, options=OTHERWISE)
    async with Socket(served) as client:
        await client.join()
        await client.send(*(f'42{number}["ask",{number}]' for number in range(300)))
        answers = [await client.receive() for _ in range(300)]
        assert answers == [f"43{number}[{number}]" for number in range(300)]


async def test_the_server_ends_a_websocket_connection(served):
    async with Socket(served) as client:
        sid = await client.join()
        await client.emit("close")
        assert await client.closed_with() == 1000
        assert (await left(served, sid))["reason"] == "server disconnect"
