"""What servers do that is different, by the words of docs/different.md. Prints it as JSON."""

import http.client
import logging
import threading
from typing import Any

import socketio
from tests.differences.serving import (
    Raw,
    main,
    records,
    request,
    serving,
    under_aiohttp,
    under_wsgiref,
    wait,
)

PROBES: dict[str, Any] = {}


def probe(words: str) -> Any:
    def register(function: Any) -> Any:
        PROBES[words] = function
        return function

    return register


def server(**options: Any) -> Any:
    sio = socketio.AsyncServer(async_mode="asgi", **options)

    @sio.event
    async def settle(sid: str) -> None:
        await sio.emit("settled", to=sid)

    return sio


# ---------------------------------------------------------------- for handlers


@probe("an exception in an event handler")
def exceptions() -> Any:
    sio = server()

    @sio.event
    async def fail(sid: str) -> None:
        raise ZeroDivisionError("in the handler")

    with serving(sio) as running, records("socketio", "engineio") as found:
        raw = Raw(running)
        raw.connect()
        raw.post('42["fail"]')
        raw.settled()
    return "logged" if any(one.exc_info for one in found.found) else "not logged"


@probe("arguments that do not fit a handler")
def arguments() -> Any:
    sio, called = server(), []

    @sio.event
    async def one(sid: str, argument: Any) -> None:
        called.append(argument)

    with serving(sio) as running, records("socketio") as found:
        raw = Raw(running)
        raw.connect()
        raw.post('42["one",1,2]')
        raw.settled()
    return [called, "warned" if "'one'" in found.text else "not warned"]


@probe("which arguments a handler takes")
def arities() -> Any:
    sio, called = server(), []

    @sio.event
    async def connect(sid: str, *args: Any) -> None:
        called.append(len(args))
        raise TypeError("inside")

    with serving(sio) as running, records("socketio"):
        raw = Raw(running)
        raw.post("40")
        Raw(running)  # while it comes, the handler is called: theirs gives no answer
    return f"called with {' and then with '.join(map(str, called))} beside the sid"


@probe("`call` to a client that leaves")
def calls() -> Any:
    sio = server()
    with serving(sio) as running:
        raw = Raw(running)
        sid = raw.connect()[0].split('"')[3]
        future = running.begin("call", "question", to=sid, timeout=1.5)
        raw.get()  # so it has been sent
        raw.post("41")
        return type(future.exception(30)).__name__


@probe("`TimeoutError`")
def timeouts() -> Any:
    return issubclass(socketio.exceptions.TimeoutError, TimeoutError)


@probe('`emit(..., to="")` or `to=[]`')
def nobody() -> Any:
    sio, found = server(), []
    with serving(sio) as running:
        raw = Raw(running)
        raw.connect()
        for to in ("", []):
            running.do("emit", "empty", to=to)
            running.do("emit", "last")
            got: list[str] = []
            while '42["last"]' not in got:
                got += raw.get()
            found.append("everyone" if '42["empty"]' in got else "nobody")
    return found


@probe('`emit("connect")` and other reserved names')
def reserved() -> Any:
    with serving(server()) as running:
        Raw(running).connect()
        return running.do("emit", "connect")


@probe("more than 10 bytes values in an event")
def attachments() -> Any:
    with serving(server()) as running:
        Raw(running).connect()
        return running.do("emit", "many", [b"x"] * 11)


# ---------------------------------------------------------------- for clients


@probe("input that breaks the protocol")
def broken() -> Any:
    with serving(server()) as running, records("socketio", "engineio", "asyncio"):
        found = []
        for packet in ("42[", "49"):
            raw = Raw(running)
            raw.connect()
            raw.post(packet)
            found.append("ended" if raw.ended() else "goes on")
        return found


@probe("a second connect to a namespace")
def twice() -> Any:
    with serving(server()) as running:
        raw = Raw(running)
        raw.connect()
        raw.post("40")
        return "ended" if raw.ended() else "goes on"


@probe("an unknown namespace")
def unknown() -> Any:
    with serving(server()) as running:
        return Raw(running).connect("/nowhere,")


@probe("more than 16 packets in a polling request")
def packets() -> Any:
    sio, got = server(), []

    @sio.event
    async def count(sid: str, number: int) -> None:
        got.append(number)

    with serving(sio) as running, records("engineio", "socketio"):
        raw = Raw(running)
        raw.connect()
        status = raw.post("\x1e".join(f'42["count",{number}]' for number in range(20)))
        raw.settled()
        return [status, len(got)]


@probe("an error response")
def errors() -> Any:
    with serving(server()) as running:
        return request(running.port, "GET", "/socket.io/?EIO=4&transport=pigeon")[2]


@probe("JSON")
def ascii_or_not() -> Any:
    with serving(server()) as running:
        raw = Raw(running)
        raw.connect()
        running.do("emit", "é")
        return raw.get()


@probe("JSONP")
def jsonp() -> Any:
    with serving(server()) as running:
        target = "/socket.io/?EIO=4&transport=polling&j=0"
        status, _, body = request(running.port, "GET", target)
        return [status, body.startswith("___eio[0]")]


# ---------------------------------------------------------------- for deployments


@probe("`X-Forwarded-` headers")
def forwarded() -> Any:
    with serving(server()) as running:
        headers = {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}
        headers["X-Forwarded-Proto"] = "http"
        return "believed" if Raw(running, headers).answer[0] == 200 else "not believed"


@probe("a `cookie` given as text")
def cookie() -> Any:
    with serving(server(cookie="io")) as running:
        return "HttpOnly" in Raw(running).answer[1]["set-cookie"]


@probe("logging at INFO")
def payloads() -> Any:
    own = logging.getLogger("own")
    with records("own") as found, serving(server(logger=own, engineio_logger=own)) as running:
        raw = Raw(running)
        raw.connect()
        raw.post('42["say","a payload"]')
        running.do("emit", "told", "another payload")
        raw.get()
        return [what in found.text for what in ("a payload", "another payload", raw.sid)]


@probe("`json=`")
def json_of_one() -> Any:
    import json

    class Own:
        @staticmethod
        def dumps(*args: Any, **kwargs: Any) -> str:
            return json.dumps(*args, **kwargs).replace("said", "SAID")

        loads = staticmethod(json.loads)

    found = []
    other = server()
    with serving(server(json=Own)) as first, serving(other) as second:
        for running in (first, second):
            raw = Raw(running)
            raw.connect()
            running.do("emit", "said")
            found += raw.get()
    return found


@probe("Engine.IO 3 clients")
def older() -> Any:
    sio = server(allow_eio3=True) if hasattr(server(), "observe") else server()
    with serving(sio) as running:
        return request(running.port, "GET", "/socket.io/?EIO=3&transport=polling")[0]


@probe("WebSocket messages under aiohttp")
def compression() -> Any:
    sio = socketio.AsyncServer(async_mode="aiohttp")
    opening = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Extensions": "permessage-deflate",
    }
    with under_aiohttp(sio) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/socket.io/?EIO=4&transport=websocket", headers=opening)
        response = connection.getresponse()
        connection.close()
    return [response.status, response.getheader("Sec-WebSocket-Extensions")]


@probe("`async_handlers=False` in `Server`")
def threads() -> Any:
    sio = socketio.Server(async_mode="threading", async_handlers=False)
    of_requests, of_handlers = set(), set()
    app = socketio.WSGIApp(sio)

    def noting(environ: Any, start_response: Any) -> Any:
        of_requests.add(threading.current_thread())
        return app(environ, start_response)

    @sio.event
    def say(sid: str) -> None:
        of_handlers.add(threading.current_thread())

    with under_wsgiref(noting) as running:
        raw = Raw(running)
        raw.connect()
        raw.post('42["say"]')
        wait(lambda: of_handlers)
    return "in that of the request" if of_handlers <= of_requests else "in another thread"


if __name__ == "__main__":
    main(PROBES)
