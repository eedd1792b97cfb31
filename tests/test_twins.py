"""What stands in both colours may only become less: see `python3 -m devtools.twins`."""

from collections import Counter
from pathlib import Path

import pytest

from devtools import twins
from devtools.line_kinds import CALL, DECLARATION, OTHER, SHARED, SIGNATURE, WAITING
from devtools.twins import ALONE, COLOURS
from devtools.twins_left import LEFT

MOST = {
    "sio-server": 132,
    "sio-client": 94,
    "sio-server, one file": 65,
    "sio-client, one file": 12,
    "sio-redis": 3,
    "sio-kafka": 0,
    "sio-zmq": 0,
    "sio-amqp and sio-kombu": 13,
}
"""How many lines a package may have in both colours.

All but the rows of one file are 242: a third of the 726 that servers and clients had in the first
version. Of those in one file servers had 102, as these are counted.
"""


@pytest.mark.parametrize("package", COLOURS)
def test_no_more_is_written_twice_than_before(package: str) -> None:
    found = twins.twins(package)
    expected = Counter(line for lines in LEFT.get(package, {}).values() for line in lines)
    more, less = found.left - expected, expected - found.left
    shown = "\n".join(f"{line}  # {' '.join(found.places[line])}" for line in more)
    assert not more, f"write it once, or give the reason in devtools/twins_left.py:\n{shown}"
    assert not less, "it is not there twice any more: take it out of devtools/twins_left.py"
    assert found.total <= MOST[package], "see `python3 -m devtools.twins --lines`"


# The count itself ------------------------------------------------------------------------------

AWAITING = '''
"""What it is."""

import asyncio


class AsyncDoor:
    """A door."""

    size = 2

    @property
    def key(self) -> str:
        return self._key  # of its own

    async def open(self, key: str) -> None:
        # Whoever has the key.
        await self.turn(
            key,
            self.times,
        )
        self.wake()
        self.wake()
        try:
            await self.only_here()
            self.times += 1
            self.knock(self.times)
        finally:
            pass
'''
BLOCKING = '''
"""What it is, too."""

import asyncio


class Door:
    """A door."""

    size = 2

    @property
    def key(self) -> str:
        return self._key

    def open(self, key: str) -> None:
        self.turn(
            key,
            self.times,
        )
        self.wake()
        self.only_there()
        self.times += 1
'''


def test_the_count_finds_each_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "awaiting.py").write_text(AWAITING)
    (tmp_path / "blocking").mkdir()
    (tmp_path / "blocking" / "door.py").write_text(BLOCKING)
    monkeypatch.setitem(COLOURS, "house", (tmp_path, ["awaiting.py"], ["blocking"]))
    found = twins.twins("house")
    assert set(found.kinds[SIGNATURE]) == {
        "class Door:",
        "def key(self) -> str:",
        "def open(self, key: str) -> None:",
    }
    assert found.kinds[WAITING] == {"self.turn(": 1, "key,": 1, "self.times,": 1}
    assert found.kinds[DECLARATION] == {"size = 2": 1}
    assert found.kinds[CALL] == {"self.wake()": 1}
    assert found.left == {"self.wake()": 1, "self.times += 1": 1, "return self._key": 1}
    assert found.kinds[ALONE] == {"self.times += 1": 1}
    assert found.kinds[OTHER] == {"return self._key": 1}
    assert found.places["return self._key"] == ["awaiting.py:14", "blocking/door.py:14"]
    assert found.total == 10


def test_the_count_finds_both_colours_in_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "doors.py").write_text(AWAITING + BLOCKING + "\n\ndef shut(key: str): ...\n")
    monkeypatch.setitem(COLOURS, "house", (tmp_path, ["doors.py:AsyncDoor"], ["doors.py:Door"]))
    assert twins.twins("house").total == 10
    monkeypatch.setitem(COLOURS, "house", (tmp_path, ["doors.py:AsyncGate"], ["doors.py:Door"]))
    with pytest.raises(LookupError, match=r"AsyncGate is in COLOURS and not in .*doors\.py"):
        twins.twins("house")


def test_what_is_counted_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COLOURS, "house", (tmp_path, ["awaiting.py"], ["blocking"]))
    with pytest.raises(FileNotFoundError, match=r"awaiting\.py is in COLOURS"):
        twins.twins("house")


def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: str, body: str) -> twins.Twins:
    """Count two drivers of the same `body`, but for `async` and `await`, beside shared code."""
    (tmp_path / "drivers").mkdir()
    (tmp_path / "shared.py").write_text(shared)
    (tmp_path / "drivers" / "first.py").write_text(body)
    plain = body.replace("async ", "").replace("await ", "")
    (tmp_path / "drivers" / "second.py").write_text(plain)
    colours = (tmp_path, ["drivers/first.py"], ["drivers/second.py"])
    monkeypatch.setitem(COLOURS, "house", colours)
    return twins.twins("house")


SHARED_DOOR = """
class Door:
    def shut(self): ...
    def clear(self): ...
    def bolt(self): ...
"""


def test_a_call_is_shared_if_its_method_is_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = """
from ..shared import Door

class House(Door):
    def bolt(self): ...

    def leave(self, lock):
        self.shut()
        self.bolt()
        self.ring()
        self.door.shut()
        self.door.clear()
        self.door.bolt()
        lock()
"""
    found = house(tmp_path, monkeypatch, SHARED_DOOR, body)
    assert set(found.kinds[SHARED]) == {"self.shut()", "self.door.shut()"}
    # What each colour has of its own, what nobody has, and what may be a method of any list.
    assert set(found.kinds[CALL]) == {"self.ring()", "self.door.clear()", "lock()"}
    # Of drivers, that is what their I/O is.
    assert set(found.kinds[WAITING]) == {"self.bolt()", "self.door.bolt()"}


def test_what_a_driver_has_of_its_own_is_no_io_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house(tmp_path, monkeypatch, "", "class Driver:\n    def write(self): ...\n")
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text(
            "def leave(self, driver):\n    driver.write()\n    self.write()\n"
        )
    files = [[f"{name}.py", f"drivers/{name}.py"] for name in ("first", "second")]
    monkeypatch.setitem(COLOURS, "house", (tmp_path, *files))
    twins.definitions.cache_clear()
    found = twins.twins("house")
    assert found.kinds[WAITING] == {"driver.write()": 1}
    assert found.kinds[CALL] == {"self.write()": 1}


def test_io_is_what_waits_and_what_it_depends_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = """
class House:
    async def leave(self, sock):
        now = self.now()
        later = self.now() + 1
        sock.close()
        sock.knock()
        if self.is_full:
            await self.empty()
        with self.lock:
            if now:
                await self.sleep()
        try:
            await self.go()
        except OSError:
            self.stays = True
        except ValueError:
            self.goes = True
"""
    found = house(tmp_path, monkeypatch, "", body)
    assert set(found.kinds[WAITING]) == {
        *("now = self.now()", "sock.close()", "if self.is_full:", "self.empty()"),
        *("if now:", "self.sleep()", "self.go()", "except OSError:", "except ValueError:"),
    }
    assert set(found.left) == {
        *("later = self.now() + 1", "sock.knock()", "with self.lock:"),
        *("self.stays = True", "self.goes = True"),
    }


def test_a_constructor_declares_what_an_object_has_and_hands_on_what_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = """
class House:
    def __init__(self, doors, windows=2):
        both = (doors, windows)
        neither = (1, 2)
        super().__init__(doors, *both, windows=windows)
        super().__init__(doors + 1)
        super().open(doors)
        self.doors = doors
        self.rooms: int | None = None
        self.roof = Roof(doors)

    def open(self, doors):
        self.doors = doors
"""
    found = house(tmp_path, monkeypatch, "", body)
    assert set(found.kinds[SIGNATURE]) == {
        *("class House:", "def __init__(self, doors, windows=2):", "def open(self, doors):"),
        *("both = (doors, windows)", "super().__init__(doors, *both, windows=windows)"),
    }
    assert found.kinds[DECLARATION] == {"self.doors = doors": 1, "self.rooms: int | None = None": 1}
    assert found.left == {
        "neither = (1, 2)": 1,
        "super().__init__(doors + 1)": 1,
        "super().open(doors)": 1,
        "self.roof = Roof(doors)": 1,
        "self.doors = doors": 1,
    }


def test_a_line_is_io_only_as_often_as_it_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = """
async def leave():
    try:
        await go()
    except OSError:
        first()
    try:
        run()
    except OSError:
        second()
"""
    found = house(tmp_path, monkeypatch, "", body)
    assert found.kinds[WAITING]["except OSError:"] == 1
    assert found.left["except OSError:"] == 1
