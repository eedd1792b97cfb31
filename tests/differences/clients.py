"""What clients do that is different, by the words of docs/different.md. Prints it as JSON."""

import threading
import time
from typing import Any

import requests

import socketio
from tests.differences.serving import main, serving

PROBES: dict[str, Any] = {}


def probe(words: str) -> Any:
    def register(function: Any) -> Any:
        PROBES[words] = function
        return function

    return register


def server(**options: Any) -> Any:
    return socketio.AsyncServer(async_mode="asgi", **options)


@probe("a connection that could not be made")
def failures() -> Any:
    sio = server(namespaces=["/"])

    @sio.event
    async def connect(sid: str, environ: Any) -> None:
        raise socketio.exceptions.ConnectionRefusedError("not you", {"why": 7})

    with serving(sio) as running:
        client = socketio.Client()
        try:
            client.connect(running.url, wait_timeout=5)
        except socketio.exceptions.ConnectionError as error:
            return [str(error), getattr(error, "data", "no data")]
        return "connected"


@probe("`call` when the connection is lost")
def calls() -> Any:
    sio = server()

    @sio.event
    async def leave(sid: str) -> None:
        await sio.disconnect(sid)

    with serving(sio) as running:
        client = socketio.Client(reconnection=False)
        client.connect(running.url, wait_timeout=5)
        try:
            client.call("leave", timeout=1.5)
        except Exception as error:
            return type(error).__name__


@probe("an event without a handler that the server wants acknowledged")
def unheard() -> Any:
    with serving(server()) as running:
        client = socketio.Client(reconnection=False)
        client.connect(running.url, wait_timeout=5)
        client.on("known", lambda: None)
        future = running.begin("call", "nothing", to=client.get_sid(), timeout=30)
        for _ in range(20):
            running.do("call", "known", to=client.get_sid(), timeout=30)
            if future.done():
                break
            time.sleep(0.02)
        client.disconnect()
        return "answered" if future.done() and future.exception() is None else "not answered"


@probe("`emit` of a reserved name, such as `disconnect`")
def reserved() -> Any:
    with serving(server()) as running:
        client = socketio.Client(reconnection=False)
        client.connect(running.url, wait_timeout=5)
        try:
            client.emit("disconnect", "bye")
        except ValueError:
            return "ValueError"
        finally:
            client.disconnect()
        return "sent"


@probe("a path in the URL")
def paths() -> Any:
    with serving(server()) as running:
        client = socketio.Client(reconnection=False)
        try:
            client.connect(f"{running.url}/chat", wait_timeout=5)
        except ValueError:
            return "ValueError"
        finally:
            client.disconnect()
        return "ignored"


@probe("a message larger than the server takes")
def large() -> Any:
    with serving(server(max_http_buffer_size=1000)) as running:
        gone = threading.Event()
        client = socketio.Client(reconnection=False)
        client.on("disconnect", lambda *_: gone.set())
        client.connect(running.url, wait_timeout=5, transports=["websocket"])
        try:
            client.emit("much", "x" * 2000)
        except ValueError as error:
            return ["ValueError", "1000" in str(error), gone.wait(0.3)]
        finally:
            client.disconnect()
        return "sent"


@probe("`http_session`")
def sessions() -> Any:
    made: list[str] = []

    class Session(requests.Session):
        def request(self, method: Any, *args: Any, **kwargs: Any) -> Any:
            made.append(method)
            return super().request(method, *args, **kwargs)

    with serving(server()) as running:
        session = Session()
        session.headers["X-One"] = "1"
        client = socketio.Client(reconnection=False, http_session=session)
        client.connect(running.url, wait_timeout=5, transports=["polling"])
        environ = running.sio.get_environ(client.get_sid())
        running.do("disconnect", client.get_sid())  # theirs would wait for its poll
        return ["makes requests" if made else "makes none", environ["HTTP_X_ONE"]]


@probe("`TimeoutError`")
def timeouts() -> Any:
    with serving(server()) as running, socketio.SimpleClient() as client:
        client.connect(running.url)
        try:
            client.receive(timeout=0.01)
        except TimeoutError:
            return "the built-in one"
        except socketio.exceptions.TimeoutError:
            return "another one"


if __name__ == "__main__":
    main(PROBES)
