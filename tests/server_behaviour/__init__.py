"""What a server does, written once: every test runs in both colours and under every web server.

A test is an application and a scenario. The application is a plain function that registers
handlers on a server; where a handler waits, it is a generator and says `yield` for what
`async def` says `await`. The scenario speaks to it from outside, as a raw client that blocks.

    from tests.server_behaviour.harness import serving

    def doubling(sio):
        @sio.on("double")
        def double(sid, number):
            yield sio.emit("doubled", number * 2, to=sid)

    @serving(doubling)
    def test_a_number_is_doubled(client):
        client.emit("double", 21)
        assert client.event() == ["doubled", 42]

Put that into a `test_*.py` here. Fixtures: `server`, a `servers.Running`, opens clients, runs what
the application registered with `sio.command`, and waits for what it noted with `sio.note`; `client`
is one that has joined "/", `stranger` one that has not, both over polling and over WebSocket.
`serving` takes the options of the server, and `modes=MEMORY` where a test moves the clock.

A test module imports no pytest: servers of other environments import it for its applications.
`rest` reads up to a mark that goes its own way: `ask` before it, where an event has to be handled.
`-k memory` runs the two modes without a web server, which takes seconds.
"""
