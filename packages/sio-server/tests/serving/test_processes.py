"""`serving/processes.py`: several processes are refused or explained where sessions need one."""

import logging

import pytest

from sio_server import AsyncServer
from sio_server.serving.processes import explain_processes, refuse_processes

WORDS = ("there are two", "Start one")
TEXT = (
    "Socket.IO's sessions live in one process, and there are two. Start one, or make the server "
    'with transports=["websocket"]'
)


def test_several_processes_are_refused():
    with pytest.raises(RuntimeError) as caught:
        refuse_processes(AsyncServer(), *WORDS)
    assert str(caught.value) == TEXT


def test_several_processes_are_explained_once_for_each_server(caplog):
    first, second = AsyncServer(), AsyncServer()
    with caplog.at_level(logging.WARNING):
        for server in (first, first, second, first):
            explain_processes(server, *WORDS)
    assert [record.getMessage() for record in caplog.records] == [TEXT, TEXT]


def test_websockets_alone_need_no_word(caplog):
    server = AsyncServer(transports=["websocket"])
    refuse_processes(server, *WORDS)
    with caplog.at_level(logging.WARNING):
        explain_processes(server, *WORDS)
    assert not caplog.records
