"""`sio.eio`: the Engine.IO server underneath a server of Socket.IO, with its whole interface."""

from __future__ import annotations

import asyncio
import queue
from typing import Any

import pytest

import engineio
from engineio.base_server import BaseServer
from sio_server import AsyncServer, Server

ATTRIBUTES = {
    "ping_interval": 3,
    "ping_interval_grace_period": 1,
    "ping_timeout": 4,
    "max_http_buffer_size": 5000,
    "allow_upgrades": False,
    "http_compression": False,
    "compression_threshold": 7,
    "cookie": "io",
    "cors_allowed_origins": ["https://page.example"],
    "cors_credentials": False,
    "transports": ["polling"],
    "async_handlers": False,
}
MAKERS = [
    lambda **options: AsyncServer(async_mode="asgi", **options).eio,
    lambda **options: Server(async_mode="threading", **options).eio,
    lambda **options: engineio.AsyncServer(async_mode="asgi", **options),
    lambda **options: engineio.Server(async_mode="threading", **options),
]


@pytest.mark.parametrize("make", MAKERS)
def test_attributes_can_be_given_read_and_set(make: Any) -> None:
    given = {**ATTRIBUTES, "ping_interval": (3, 1)}
    del given["ping_interval_grace_period"]
    eio = make(**given)
    assert {name: getattr(eio, name) for name in ATTRIBUTES} == ATTRIBUTES
    eio = make()
    for name, value in ATTRIBUTES.items():
        setattr(eio, name, value)
    assert {name: getattr(eio, name) for name in ATTRIBUTES} == ATTRIBUTES
    assert isinstance(eio, BaseServer)
    assert eio.sockets.copy() == {}
    assert eio.generate_id() != eio.generate_id()
    assert eio.event_names == ["connect", "disconnect", "message"]


@pytest.mark.parametrize("make", MAKERS)
def test_origins_may_be_a_function_from_later_on(make: Any) -> None:
    eio = make()
    eio.cors_allowed_origins = allowed = lambda origin: True
    assert eio.cors_allowed_origins is allowed
    assert eio._settings.origins is allowed
    assert eio._engine.config.cors.needs_callback


@pytest.mark.parametrize("make", MAKERS)
def test_primitives_are_of_the_colour(make: Any) -> None:
    eio = make()
    asynchronous = eio.is_asyncio_based()
    assert eio.async_mode in eio.async_modes()
    assert isinstance(eio.create_queue(2), asyncio.Queue if asynchronous else queue.Queue)
    assert eio.get_queue_empty_exception() is (asyncio.QueueEmpty if asynchronous else queue.Empty)
    assert not eio.create_event().is_set()


@pytest.mark.parametrize("make", MAKERS)
def test_a_stranger(make: Any) -> None:
    eio = make()

    def wait(call: Any) -> Any:
        return asyncio.run(call) if eio.is_asyncio_based() else call

    wait(eio.send("nobody", "x"))
    wait(eio.disconnect("nobody"))
    wait(eio.disconnect())
    for call in (lambda: eio.get_session("nobody"), lambda: eio.save_session("nobody", {})):
        with pytest.raises(KeyError, match="Session not found"):
            wait(call())
    with pytest.raises(KeyError, match="Session not found"):
        eio.transport("nobody")


@pytest.mark.parametrize("make", MAKERS[:2])
def test_handlers_are_the_methods_of_the_server_until_a_program_puts_others_there(
    make: Any,
) -> None:
    eio = make()
    before = eio.handlers["message"]
    assert before.__name__ == "_handle_eio_message"
    assert eio.on("message", print) is None
    assert eio.handlers["message"] is print

    @eio.on("connect")
    def connect(sid: str, environ: dict[str, Any]) -> None: ...

    assert eio.handlers["connect"] is connect
    with pytest.raises(ValueError, match="no event"):
        eio.on("upgrade", print)


@pytest.mark.parametrize("make", MAKERS[2:])
def test_what_cannot_be_a_handler(make: Any) -> None:
    eio = make()
    with pytest.raises(ValueError, match="no event"):
        eio.on("upgrade", print)
    with pytest.raises(TypeError, match="must be callable"):
        eio.on("message", 7)

    async def message(sid: str, data: Any) -> None: ...

    if eio.is_asyncio_based():
        eio.on("message", message)
        assert eio.handlers == {"message": message}
    else:
        with pytest.raises(TypeError, match="use AsyncServer"):
            eio.on("message", message)


@pytest.mark.parametrize("make", MAKERS[2:])
def test_wrong_options(make: Any) -> None:
    with pytest.warns(UserWarning, match="no option 'ping_intervall': did you mean"):
        make(ping_intervall=1)
    with pytest.raises(ValueError, match="ping_timeout must be"):
        make(ping_timeout=0)
    with pytest.raises(ValueError, match="No valid transports"):
        make(transports=["carrier pigeon"])
