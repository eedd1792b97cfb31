"""The documented modules that only have the names of others, which stand in folders."""

import importlib

import pytest

PUBLIC = {
    "sio_core.cookies": "sio_core.http.cookies",
    "sio_core.cors": "sio_core.http.cors",
    "sio_core.fast_json": "sio_core.codecs.fast_json",
    "sio_core.frame_reader": "sio_core.websocket.reader",
    "sio_core.json": "sio_core.codecs.json",
    "sio_core.socketio.cbor_parser": "sio_core.socketio.parsers.cbor_parser",
    "sio_core.socketio.msgpack_parser": "sio_core.socketio.parsers.msgpack_parser",
    "sio_core.socketio.serializers": "sio_core.socketio.parsers.serializers",
}
ELSEWHERE = {"default_json": "sio_core.codecs.choose_json"}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_module_has_the_names_of_the_folder(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__all__
    for public in module.__all__:
        home = importlib.import_module(ELSEWHERE.get(public, PUBLIC[name]))
        assert getattr(module, public) is getattr(home, public)
