"""`agent.py`: requests and answers, with the server's bytes played by hand."""

import gzip
import zlib
from collections.abc import Sequence

import h11
import pytest

from sio_client.agent import Agent
from sio_client.endpoint import Endpoint
from sio_client.errors import BadAnswer, ConnectionLost
from sio_client.orders import Answered, ClosePipe, Failed, OpenPipe, Result, WritePipe
from sio_client.settings import Settings


def agent_for(url: str = "http://chat.example:5000", **settings: object) -> Agent:
    return Agent(Endpoint.parse(url), Settings(trust_env=False, **settings))  # type: ignore[arg-type]


def get(agent: Agent, id: int = 1) -> None:
    agent.request(id, "GET", "EIO=4&transport=polling", [], b"")


def opened(agent: Agent, id: int = 1) -> int:
    """A GET that is on its way; returns its pipe."""
    get(agent, id)
    (order,) = agent.take_orders()
    assert isinstance(order, OpenPipe)
    assert agent.pipe_opened(order.pipe) == []
    agent.take_orders()
    return order.pipe


def written(agent: Agent) -> bytes:
    (order,) = agent.take_orders()
    assert isinstance(order, WritePipe)
    return order.data


def error_of(results: Sequence[Result]) -> Exception:
    (result,) = results
    assert isinstance(result, Failed)
    return result.error


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
