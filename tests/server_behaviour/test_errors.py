"""What goes wrong in applications: nobody else is harmed, and the log has it."""

import asyncio
import functools

from tests.server_behaviour.harness import dispatching, each


def failing(sio):
    @sio.on("fail")
    def fail(sid):
        yield sio.sleep(0)
        raise ValueError("of the handler")

    @sio.on("fail plainly")
    def fail_plainly(sid):
        raise ValueError("of the handler")

    @sio.on("misfit")
    def misfit(sid, one):
        return one

    @sio.on("ask")
    def ask(sid, *args):
        return args

    @sio.command
    def wrong(what):
        try:
            if what == "reserved":
                yield sio.emit("connect", 1)
            else:
                yield sio.emit("thing", {"a": object()})
        except (ValueError, TypeError):
            return "refused"


@dispatching(failing, complaints=True)
@each("event", "fail", "fail plainly", "misfit")
def test_a_handler_that_fails_harms_nobody(client, server, event):
    client.emit(event, ack=1)
    client.emit(event)
    assert client.ask("ask", 2) == [2] or client.ask("ask", 3) == [3]
    server.until(lambda: "Error" in server.log() or "misfit" in server.log())


def failing_at_the_end(sio):
    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("left", sid)
        raise ValueError("of the handler")


@dispatching(failing_at_the_end, complaints=True)
def test_a_disconnect_handler_that_fails_harms_nobody(client, server):
    client.send("41")
    server.noted("left", client.sid)
    client.join()
    client.send("41")
    server.noted("left", client.sid)


@dispatching(failing)
def test_what_cannot_be_sent_is_an_error_of_the_caller(client, server):
    for what in ("reserved", "unknown"):
        assert server.do("wrong", what) == "refused"
    assert client.ask("ask", 1) == [1]
    assert server.rest(client) == []


def decorated(sio):
    def with_user(handler):
        handler = sio.coloured(handler)

        @functools.wraps(handler)
        def wrapper(sid, *args):
            return handler({"user": sid}, sid, *args)

        return wrapper

    def without_sid(handler):
        @functools.wraps(handler)
        def wrapper(sid, *args):
            return handler(*args)

        return wrapper

    @sio.on("who")
    @with_user
    def who(user, sid, number):
        yield sio.sleep(0)
        return [user["user"] == sid, number]

    @sio.on("add")
    @without_sid
    def add(a, b):
        return a + b

    @sio.on("connect")
    @with_user
    def connect(user, sid, environ, auth):
        sio.note("connect", user["user"] == sid)

    @sio.on("disconnect")
    @without_sid
    def disconnect(reason):
        sio.note("left", reason)


@dispatching(decorated)
def test_a_decorator_may_change_what_its_handler_takes(client, server):
    server.noted("connect", True)
    assert client.ask("who", 5) == [[True, 5]]
    assert client.ask("add", 1, 2) == [3]
    client.send("41")
    server.noted("left", "client disconnect")


def cancelled(sio):
    @sio.on("connect")
    def connect(sid, environ, auth):
        if auth:
            yield sio.sleep(0)
            raise asyncio.CancelledError if sio.asynchronous else Stop

    @sio.on("give up")
    def give_up(sid):
        yield sio.sleep(0)
        raise asyncio.CancelledError if sio.asynchronous else Stop

    @sio.on("ask")
    def ask(sid, number):
        return number


class Stop(BaseException):
    """As GreenletExit and the timeouts of gevent are: no Exception."""


@dispatching(cancelled, async_handlers=False, complaints=True)
def test_a_handler_that_is_cancelled_keeps_no_other_waiting(client):
    for number in range(3):
        client.emit("give up")
        assert client.ask("ask", number) == [number]


@dispatching(cancelled, complaints=True)
def test_a_connect_handler_that_is_cancelled_refuses(stranger):
    assert "message" in stranger.refused(auth={"cancel": True})
    stranger.join()
    assert stranger.ask("ask", 1) == [1]


def leaving_slowly(sio):
    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("left /")
        yield sio.gate("go")
        sio.note("gone /")

    @sio.on("disconnect", namespace="/other")
    def disconnect_other(sid, reason):
        sio.note("left /other")

    @sio.command
    def end(sid):
        yield sio.disconnect(sid, close=True)


@dispatching(leaving_slowly)
def test_every_namespace_hears_of_the_end_though_one_takes_its_time(client, server):
    client.join("/other")
    ending = server.begin("end", client.sid)
    server.noted("left /")
    server.open("go")
    ending.result()
    notes = [["left /"], ["gone /"], ["left /other"]]
    assert [note for note in server.notes() if note in notes] == notes, "one after another"
