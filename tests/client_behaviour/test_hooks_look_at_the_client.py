"""Functions of the application that encode and decode, and look at the client meanwhile."""

import json
import threading
from typing import Any

import pytest

from .conftest import MakeClient
from .loops import LIMIT, until
from .site import Site


class Curious:
    """What an application may do while it encodes or decodes: ask the client where it stands."""

    def __init__(self) -> None:
        self.sio: Any = None
        self.asked: set[str] = set()
        self.mark: int | None = None
        """What it emits once, if it is a number."""

    def look(self, where: str) -> None:
        if self.sio is None:
            return
        self.asked.add(where)
        assert isinstance(self.sio.connected, bool)
        assert isinstance(self.sio.namespaces, dict)
        if self.sio.get_sid() is not None:
            assert self.sio.transport() in ("polling", "websocket")
            mark, self.mark = self.mark, None
            if mark is not None:
                self.sio.emit("keep", (mark, where))

    def dumps(self, value: Any, **options: Any) -> str:
        self.look("dumps")
        return json.dumps(value, **options)

    def loads(self, text: str, **options: Any) -> Any:
        self.look("loads")
        return json.loads(text, **options)


def in_time(call: Any) -> Any:
    """What a call returns, which could wait for itself for ever."""
    returned: list[Any] = []
    thread = threading.Thread(target=lambda: returned.append(call()), daemon=True)
    thread.start()
    thread.join(LIMIT)
    assert returned, "it waits for itself"
    return returned[0]


def test_they_look(make: MakeClient, site: Site, transports: list[str]) -> None:
    curious = Curious()
    client = make(json=curious)
    curious.sio = client.sio
    client.connect(site.url, transports=transports, auth={"token": 1})
    assert in_time(lambda: client.call("ask", {"a": 1})) == {"a": 1}
    assert curious.asked == {"dumps", "loads"}


@pytest.mark.parametrize("where", ["dumps", "loads"])
def test_they_emit(make: MakeClient, site: Site, transports: list[str], where: str) -> None:
    curious = Curious()
    client = make(json=curious)
    if not client.blocking:
        pytest.skip("there an emit has to be awaited, which these functions cannot")
    client.connect(site.url, transports=transports)
    look, mark = curious.look, site.mark()
    curious.look = lambda here: look(here) if here == where else None  # type: ignore[method-assign]
    curious.sio, curious.mark = client.sio, mark
    assert in_time(lambda: client.call("ask", 1)) == 1
    until(lambda: site.kept_of(mark) == [[where]])
