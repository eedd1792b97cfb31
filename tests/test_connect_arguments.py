"""What connect handlers are given, in every form that a handler can have."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import colours
from tests.support.colours import Colour


@pytest.fixture(params=[colours.Threading, colours.Asyncio], ids=["threading", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    colour = request.param()
    yield colour
    colour.close()


@pytest.mark.parametrize(("sent", "given"), [(None, None), ({}, None), ({"a": 1}, {"a": 1})])
def test_auth(colour: Colour, sent: Any, given: Any) -> None:
    seen: list[Any] = []
    sio = colour.server(namespaces=["/all"])
    sio.on("connect", lambda *args: seen.append(args), namespace="/any")
    sio.on("connect", lambda sid, environ: seen.append((sid, environ)), namespace="/two")
    sio.on("connect", lambda sid, environ, auth: seen.append(auth), namespace="/three")
    sio.on("connect", lambda sid, environ, auth=0: seen.append(auth), namespace="/default")

    class Seeing(colour.Namespace):  # type: ignore[misc,name-defined]
        def trigger_event(self, event: str, *args: Any) -> Any:
            if event == "connect":
                seen.append(args)
            return super().trigger_event(event, *args)

        def on_connect(self, sid: str, environ: Any) -> None:
            seen.append("method")

    sio.register_namespace(Seeing("/object"))
    client = colours.Client(colour, sio)
    names = ("/any", "/two", "/three", "/default", "/object")
    sids = [client.connect(name, auth=sent) for name in names]
    environ = sio.get_environ(sids[0], "/any")
    assert seen == [
        (sids[0], environ, given),
        (sids[1], environ),
        given,
        given or 0,
        (sids[4], environ, given),
        "method",
    ]


def test_an_error_handler_is_told_too(colour: Colour) -> None:
    seen: list[Any] = []
    sio = colour.server()

    def connect(sid: str, environ: Any) -> None:
        raise RuntimeError

    sio.on("connect", connect)
    sio.on_error(lambda error, event, sid, args: seen.append(args[1:]))
    client = colours.Client(colour, sio)
    with pytest.raises(colours.Refused):
        client.connect()
    assert seen == [[None]]
