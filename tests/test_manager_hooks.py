"""What subclasses of managers override and programs look at, over real brokers, in both colours."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import redis
import redis.asyncio

from sio_amqp import AsyncAioPikaManager
from sio_kafka import AsyncKafkaManager, KafkaManager
from sio_kombu import KombuManager
from sio_nats import AsyncNatsManager
from sio_redis import AsyncRedisManager, RedisManager
from sio_zmq import AsyncZmqManager, ZmqManager
from tests.support import colours
from tests.support.brokers.broker import Broker
from tests.support.overriding import (
    are_one,
    around,
    do_what_handlers_hear,
    handling,
    hearing_itself,
    is_async,
    joined,
    serve,
)

pytest_plugins = ["tests.support.brokers.fixtures"]

MANAGERS: Mapping[str, tuple[Any, Any]] = {
    "redis": (RedisManager, AsyncRedisManager),
    "rabbitmq": (KombuManager, AsyncAioPikaManager),
    "nats": (None, AsyncNatsManager),
    "kafka": (KafkaManager, AsyncKafkaManager),
    "zeromq": (ZmqManager, AsyncZmqManager),
}
"""The managers of a kind of broker, for threads and for asyncio."""
COLOURS = {"threading": colours.Threading, "asyncio": colours.Asyncio}
ALL = [
    (kind, colour)
    for kind, found in MANAGERS.items()
    for colour, manager in zip(COLOURS, found, strict=True)
    if manager is not None
]
over_all = pytest.mark.parametrize(("broker", "colour"), ALL, indirect=True)
over_redis = pytest.mark.parametrize(
    ("broker", "colour"), [pair for pair in ALL if pair[0] == "redis"], indirect=True
)


@pytest.fixture
def colour(request: pytest.FixtureRequest) -> Iterator[Any]:
    found = COLOURS[request.param]()
    yield found
    found.close()


def kind_of(broker: Broker, colour: Any) -> Any:
    """The manager of a broker for a colour."""
    return MANAGERS[broker.kind][is_async(colour)]


def fleet(colour: Any, *managers: Any) -> tuple[Any, ...]:
    """Two servers that hear each other, and a client of each."""
    one, two = (serve(colour, manager) for manager in managers)
    first, second = joined(colour, one), joined(colour, two)
    are_one(colour, one, two, first, second)
    return one, two, first, second


@over_all
def test_handlers_get_what_other_processes_ask_for(broker: Broker, colour: Any) -> None:
    kind = handling(colour, kind_of(broker, colour))
    channel = broker.new_channel()
    do_what_handlers_hear(colour, [kind(broker.url, channel) for _ in range(2)])


@over_all
def test_publish_listen_and_thread_around_those_of_the_manager(broker: Broker, colour: Any) -> None:
    plain, channel = kind_of(broker, colour), broker.new_channel()
    noting = around(colour, plain)(broker.url, channel)
    noting.notes = []
    one, two, first, second = fleet(colour, noting, plain(broker.url, channel, routing=False))
    answers: list[Any] = []
    colour.result(one.emit("news", [b"\0"], to=second.sid, callback=answers.append))
    head, _ = second.packet(), second.packet()
    second.send(f'3{head[3 : head.index("[")]}["yes"]')
    colours.until(colour, lambda: answers == ["yes"])
    colour.result(two.emit("back", 1))
    assert first.packet() == second.packet() == '2["back",1]'
    methods = {what for how, what in noting.notes if how == "publish"}
    assert {"emit", "callback"} <= methods
    assert ("listen", bytes) in noting.notes
    assert noting.notes.count(("thread", None)) == 1


@over_all
def test_a_thread_of_ones_own_in_place_of_that_of_the_manager(broker: Broker, colour: Any) -> None:
    plain, channel = kind_of(broker, colour), broker.new_channel()
    own = hearing_itself(colour, plain)(broker.url, channel, probe_interval=0.2)
    own.notes = []
    one, two, first, second = fleet(colour, own, plain(broker.url, channel, routing=False))
    answers: list[Any] = []
    for sio, client in ((one, second), (two, first)):
        colour.result(sio.emit("ask", [b"\0", 1], to=client.sid, callback=answers.append))
        head, _ = client.packet(), client.packet()
        client.send(f'3{head[3 : head.index("[")]}["yes"]')
    colours.until(colour, lambda: answers == ["yes"] * 2)
    colour.result(two.enter_room(first.sid, "tea"))
    colours.until(colour, lambda: "tea" in one.rooms(first.sid))
    colours.until(colour, lambda: one.manager.health().healthy)
    assert {"emit", "callback", "enter_room"} <= set(own.notes)


@over_all
@pytest.mark.parametrize("routing", [None, False])
def test_bytes_there_and_back(broker: Broker, colour: Any, routing: bool | None) -> None:
    kind, channel = kind_of(broker, colour), broker.new_channel()
    made = [kind(broker.url, channel, routing=routing) for _ in range(2)]
    one, _, _, second = fleet(colour, *made)
    answers: list[Any] = []
    payload = bytes(range(256))
    attached = f"b{b64encode(payload).decode()}"
    heard = lambda *args: answers.append(args)  # noqa: E731
    colour.result(one.emit("ask", {"a": payload}, to=second.sid, callback=heard))
    head, attachment = second.packet(), second.packet()
    assert attachment == f"engine {attached}"
    number = head[3 : head.index("[")]
    answer = f'461-{number}[{{"_placeholder":true,"num":0}},1]'
    second.request("POST", f"{answer}\x1e{attached}")
    colours.until(colour, lambda: answers == [(payload, 1)])


@over_all
def test_the_documented_methods(broker: Broker, colour: Any) -> None:
    kind, channel = kind_of(broker, colour), broker.new_channel()
    one, two, first, second = fleet(colour, *(kind(broker.url, channel) for _ in range(2)))
    manager, sid, other, result = one.manager, first.sid, second.sid, colour.result
    assert manager.is_connected(sid, "/") is True
    assert manager.is_connected(other, "/") is False
    assert result(manager.pre_connect(first.eio_sid, "/")) == sid
    assert result(manager.connect(sid, "/")) == sid
    assert manager.pre_disconnect(sid, "/") == first.eio_sid
    assert list(manager.get_namespaces()) == ["/"]
    result(manager.enter_room(sid, "/", "tea"))
    result(manager.enter_room(other, "/", "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(other))
    colours.until(colour, lambda: two.manager._runner.node.is_subscribed("/", "tea"))
    assert set(manager.get_rooms(sid, "/")) == {sid, "tea"}
    # Those of this process: others are not asked.
    for room in ("tea", ["tea", "milk"], None):
        assert list(manager.get_participants("/", room)) == [(sid, first.eio_sid)]
    answers: list[Any] = []
    for args in ([1, ["yes"]], ["/", 2, ["no"]]):  # both forms of the arguments
        result(manager.emit("ask", None, "/", room=sid, callback=answers.append))
        first.packet()
        result(manager.trigger_callback(sid, *args))
    colours.until(colour, lambda: answers == ["yes", "no"])
    result(manager.emit("news", 1, namespace="/", room="tea", skip_sid=sid))
    assert second.packet() == '2["news",1]'
    result(manager.leave_room(other, "/", "tea"))
    colours.until(colour, lambda: "tea" not in two.rooms(other))
    result(manager.close_room("tea", "/"))
    assert "tea" not in one.rooms(sid)
    assert result(manager.can_disconnect(sid, "/")) is True
    assert result(manager.is_connected_anywhere(other)) is True
    assert result(manager.can_disconnect(other, "/")) is False  # and its process disconnects it
    colours.until(colour, lambda: not two.manager.is_connected(other, "/"))
    result(manager.disconnect(sid, "/"))
    colours.until(colour, lambda: not manager.is_connected(sid, "/"))


@over_all
def test_what_programs_look_at(broker: Broker, colour: Any) -> None:
    manager = kind_of(broker, colour)(broker.url, broker.new_channel())
    sio = serve(colour, manager)
    joined(colour, sio)
    assert sio.manager is manager
    assert (manager.write_only, manager.logger) == (False, None)
    assert manager._get_logger() is sio.logger
    assert len(manager.host_id) == 32
    assert manager.json.loads(manager.json.dumps([1])) == [1]
    colours.until(colour, lambda: manager.health().healthy)


# Redis -------------------------------------------------------------------------------------------


@over_redis
@pytest.mark.parametrize("write_only", [False, True])
def test_programs_use_the_client_of_the_manager(
    broker: Broker, colour: Any, write_only: bool
) -> None:
    kind, options = kind_of(broker, colour), {"decode_responses": True}
    channel = broker.new_channel()
    manager = kind(broker.url, channel, write_only=write_only, redis_options=options)
    assert manager.connected is False
    assert isinstance(manager.redis, redis.asyncio.Redis if is_async(colour) else redis.Redis)
    assert manager.redis is manager.redis
    assert colour.result(manager.redis.set(channel, "x")) is True
    assert colour.result(manager.redis.get(channel)) == "x"
    if write_only:
        colour.result(manager.emit("news", 1))
        assert manager.connected is True
    else:
        joined(colour, serve(colour, manager))
        colours.until(colour, lambda: manager.connected)
        manager.connected = False  # which says nothing of the connection
        assert manager.connected is True
    assert colour.result(manager.redis.delete(channel)) == 1
    colour.result(manager.close())
    assert manager.connected is False


@over_redis
@pytest.mark.parametrize(("calls_super", "decodes"), [(True, False), (False, False), (False, True)])
def test_a_subclass_makes_the_client_itself(
    broker: Broker, colour: Any, calls_super: bool, decodes: bool
) -> None:
    base = kind_of(broker, colour)
    module = redis.asyncio if is_async(colour) else redis
    url = broker.url
    clients = []

    class Own(base):  # type: ignore[misc]
        def _redis_connect(self) -> None:
            if calls_super:
                super()._redis_connect()
            else:
                self.redis = module.Redis.from_url(
                    url, socket_timeout=0.2, decode_responses=decodes
                )
                self.pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
                self.connected = True
            clients.append(self.redis)

    channel = broker.new_channel()
    # Nobody listens at the address: only what the subclass makes is used.
    made = [Own(url if calls_super else "redis://localhost:1", channel) for _ in range(2)]
    one, two, first, second = fleet(colour, *made)
    assert made[0].redis in clients
    assert made[0].connected is True
    colour.sleep(0.3)  # longer than the time limit of the sockets
    colour.result(one.enter_room(second.sid, "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(second.sid))
    colours.until(colour, lambda: two.manager._runner.node.is_subscribed("/", "tea"))
    colour.result(one.emit("news", b"\xff", to="tea"))
    assert second.packet().startswith('51-["news"')
    assert second.packet().startswith("engine b")
    colours.until(colour, lambda: made[0].health().healthy)
    assert made[0].health().routing is True
    colour.result(two.emit("back", 1, to=first.sid))
    assert first.packet() == '2["back",1]'
    emitter = Own("redis://localhost:1", channel, write_only=True, redis_options={})
    if not calls_super:
        colour.result(emitter.emit("late", 1, to=first.sid))
        assert first.packet() == '2["late",1]'


@over_redis
def test_a_subclass_that_makes_no_client_is_told_so(
    broker: Broker, colour: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Nothing(kind_of(broker, colour)):  # type: ignore[misc]
        def _redis_connect(self) -> None:
            pass

    sio = serve(colour, Nothing(broker.url, broker.new_channel()))
    joined(colour, sio)
    said = "_redis_connect has to set self.redis to a client of one Redis"
    colours.until(colour, lambda: said in caplog.text)
    assert sio.manager.health().healthy is False


@over_redis
def test_publish_of_a_manager_returns_something(broker: Broker, colour: Any) -> None:
    manager = kind_of(broker, colour)(broker.url, broker.new_channel(), write_only=True)
    assert colour.result(manager._publish({"method": "emit"})) is True
    colour.result(manager.close())
