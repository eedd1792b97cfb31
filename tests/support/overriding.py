"""Managers whose methods a subclass overrides, in both colours, and what these are to hear."""

import json
from typing import Any

from tests.support import colours

HANDLERS = (
    "_handle_emit",
    "_handle_callback",
    "_handle_disconnect",
    "_handle_enter_room",
    "_handle_leave_room",
    "_handle_close_room",
)


def is_async(colour: Any) -> bool:
    """Whether a colour is that of asyncio."""
    return isinstance(colour, colours.Asyncio)


def serve(colour: Any, manager: Any) -> Any:
    """A server with a manager."""
    return colour.server(client_manager=manager, namespaces="*")


def joined(colour: Any, sio: Any) -> Any:
    """A client of a server, with its sid."""
    client: Any = colours.Client(colour, sio)
    client.sid = client.connect()
    return client


def handling(colour: Any, base: Any, **given: Any) -> Any:
    """A kind of manager with handlers that note the messages, change them and pass them on."""

    def handler(name: str) -> Any:
        plain = getattr(base, name)
        change = given.get(name, lambda message: message)

        async def awaiting(self: Any, message: Any) -> None:
            self.notes.append(dict(message))
            await plain(self, change(message))

        def blocking(self: Any, message: Any) -> None:
            self.notes.append(dict(message))
            plain(self, change(message))

        return awaiting if is_async(colour) else blocking

    methods = {name: handler(name) for name in HANDLERS}
    return type("Handling", (base,), methods)


def around(colour: Any, base: Any) -> Any:
    """A kind of manager that notes what goes through `_publish`, `_listen` and `_thread`."""

    class Awaiting(base):  # type: ignore[misc]
        async def _publish(self, data: Any) -> Any:
            self.notes.append(("publish", data["method"]))
            return await super()._publish(data)

        async def _listen(self) -> Any:
            async for message in super()._listen():
                self.notes.append(("listen", type(message)))
                yield message

        async def _thread(self) -> None:
            self.notes.append(("thread", None))
            await super()._thread()

    class Blocking(base):  # type: ignore[misc]
        def _publish(self, data: Any) -> Any:
            self.notes.append(("publish", data["method"]))
            return super()._publish(data)

        def _listen(self) -> Any:
            for message in super()._listen():
                self.notes.append(("listen", type(message)))
                yield message

        def _thread(self) -> None:
            self.notes.append(("thread", None))
            super()._thread()

    return Awaiting if is_async(colour) else Blocking


def hearing_itself(colour: Any, base: Any) -> Any:
    """A kind of manager whose `_thread` listens by itself, and calls the handlers."""

    def handler(self: Any, message: Any) -> Any:
        self.notes.append(message["method"])
        name = f"_handle_{message['method']}"
        theirs = message["host_id"] != self.host_id
        return getattr(self, name)(message) if theirs or message["method"] == "callback" else None

    class Awaiting(base):  # type: ignore[misc]
        async def _thread(self) -> None:
            async for text in self._listen():
                message = json.loads(text)
                if f"_handle_{message['method']}" in HANDLERS:
                    call = handler(self, message)
                    if call is not None:
                        await call

    class Blocking(base):  # type: ignore[misc]
        def _thread(self) -> None:
            for text in self._listen():
                message = json.loads(text)
                if f"_handle_{message['method']}" in HANDLERS:
                    handler(self, message)

    return Awaiting if is_async(colour) else Blocking


def do_what_handlers_hear(colour: Any, made: list[Any]) -> None:
    """Have two servers do everything to each other's clients; their `notes` are as they must be."""
    for manager in made:
        manager.notes = []
    one, two = (serve(colour, manager) for manager in made)
    first, second = joined(colour, one), joined(colour, two)
    are_one(colour, one, two, first, second)
    for manager in made:
        manager.notes.clear()
    sid, notes = second.sid, two.manager.notes
    answers: list[Any] = []
    host_id = one.manager.host_id

    colour.result(one.emit("ask", (1, b"x"), to=sid, callback=lambda *args: answers.append(args)))
    head, _ = second.packet(), second.packet()
    number = head[3 : head.index("[")]
    second.send(f'3{number}["yes",2]')
    colours.until(colour, lambda: answers == [("yes", 2)])
    colour.result(one.emit("news", [b"x", 1], skip_sid="nobody"))
    second.packet(), second.packet()
    colour.result(one.enter_room(sid, "tea"))
    colours.until(colour, lambda: "tea" in two.rooms(sid))
    colour.result(one.leave_room(sid, "tea"))
    colours.until(colour, lambda: "tea" not in two.rooms(sid))
    colour.result(one.close_room("tea"))
    colour.result(one.disconnect(sid))
    colours.until(colour, lambda: not two.manager.is_connected(sid, "/"))

    placeholder = {"_placeholder": True, "num": 0}
    emit = {"method": "emit", "namespace": "/", "binary": True}
    of_client = {"sid": sid, "namespace": "/"}
    wanted: list[dict[str, Any]] = [
        {
            **emit,
            "event": "ask",
            "room": sid,
            "skip_sid": None,
            "data": [[1, placeholder], "eA=="],
        },
        {
            **emit,
            "event": "news",
            "room": None,
            "skip_sid": "nobody",
            "data": [[[placeholder, 1]], "eA=="],
            "callback": None,
        },
        {**of_client, "method": "enter_room", "room": "tea"},
        {**of_client, "method": "leave_room", "room": "tea"},
        {"method": "close_room", "room": "tea", "namespace": "/"},
        {**of_client, "method": "disconnect"},
    ]
    assert [note["method"] for note in notes] == [fields["method"] for fields in wanted]
    for note, fields in zip(notes, wanted, strict=True):
        assert note["host_id"] == host_id
        assert {name: note[name] for name in fields} == fields
        json.dumps(note)
    room, namespace, asked = notes[0]["callback"]
    assert (room, namespace) == (sid, "/")
    (note,) = one.manager.notes
    assert (note["method"], note["id"], note["args"]) == ("callback", asked, ["yes", 2])
    assert note["host_id"] == host_id


def are_one(colour: Any, one: Any, two: Any, first: Any, second: Any) -> None:
    """Wait until each of two servers hears the other: a broker may subscribe late."""
    for sio, client in ((one, second), (two, first)):
        heard = False
        while not heard:
            colour.result(sio.emit("begun", to=client.sid))
            colour.result(client_server(client).emit("mark", to=client.sid))
            while (packet := client.packet()) != '2["mark"]':
                heard = heard or packet == '2["begun"]'
    for sio, client in ((one, second), (two, first)):
        colour.result(sio.emit("last", to=client.sid))
        while client.packet() != '2["last"]':
            pass


def client_server(client: Any) -> Any:
    """The server of a client."""
    return client._server
