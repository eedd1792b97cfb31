"""Clients that do not take what they are sent: their senders wait for a while, nobody else."""

from tests.server_behaviour.harness import ALL, MEMORY, serving

SIZE = 10_000
SMALL_QUEUE = {"max_queue_bytes": 400_000}


def flooding(sio):
    @sio.command
    def flood(sid, count):
        for number in range(count):
            yield sio.emit("water", (number, "x" * SIZE), to=sid)
        return "sent"

    @sio.command
    def rain(count):
        for number in range(count):
            yield sio.emit("drop", number)

    @sio.command
    def call(sid, timeout):
        sio.note("calling")
        try:
            yield sio.call("question", to=sid, timeout=timeout)
        except Exception as error:
            return type(error).__name__

    @sio.on("ask")
    def ask(sid, number):
        return number

    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("left", sid, reason)


def stuck(server, client):
    """Wait until more waits for a client than should."""
    session = server.sio.driver.engine.sessions[client.opened["sid"]]
    limit = server.sio.driver.engine.config.max_queue_bytes

    def is_stuck():
        # A socket that is not full may still take all that waits when a turn of the loop ends.
        return session.queued_bytes * 2 > limit and (session.link is None or session.link.blocked)

    server.until(is_stuck, "a full queue")


@serving(flooding, modes=MEMORY, **SMALL_QUEUE)
def test_an_emit_to_a_client_that_never_reads_ends_in_time(client, server):
    other = server.websocket()
    other.join()
    flood = server.begin("flood", client.sid, 400)
    stuck(server, client)
    assert other.ask("ask", 1) == [1]
    assert not flood.done
    server.advance(31)
    assert flood.result() == "sent"
    server.noted("left", client.sid, "transport error")
    assert other.ask("ask", 2) == [2]


@serving(flooding, modes=MEMORY, **SMALL_QUEUE)
def test_a_client_that_reads_late_gets_everything(client, server):
    flood = server.begin("flood", client.sid, 400)
    stuck(server, client)
    assert not flood.done
    for number in range(400):
        assert client.event() == ["water", number, "x" * SIZE]
    assert flood.result() == "sent"


@serving(flooding, modes=MEMORY, **SMALL_QUEUE)
def test_a_call_to_a_slow_client_keeps_its_timeout(client, server):
    flood = server.begin("flood", client.sid, 400)
    stuck(server, client)
    call = server.begin("call", client.sid, 5)
    server.noted("calling")
    server.until(lambda: server.advance(1) or call.done, "the end of the call")
    assert call.result() == "TimeoutError"
    assert not flood.done
    assert server.notes() == [["calling"]]


@serving(flooding, modes=[mode for mode in ALL if mode not in ("hypercorn", "gunicorn")])
def test_many_events_in_a_row_are_no_reason_to_end_a_client(client, server):
    rain = server.begin("rain", 12_000)
    for number in range(12_000):
        assert client.event() == ["drop", number]
    rain.result()
    assert client.ask("ask", 1) == [1]
