"""What stands in both colours may only become less: see `python3 -m devtools.twins`."""

from pathlib import Path

import pytest

from devtools import twins
from devtools.twins import ALONE, CALL, COLOURS, DECLARATION, OTHER, SIGNATURE, WAITING

MOST = {
    "sio-server": (132, 20, 6),
    "sio-client": (94, 17, 9),
    "sio-server, one file": (66, 0, 6),
    "sio-client, one file": (12, 0, 3),
    "sio-redis": (3, 0, 0),
    "sio-kafka": (0, 0, 0),
    "sio-zmq": (0, 0, 0),
    "sio-amqp and sio-kombu": (13, 3, 0),
}
"""How many lines a package may have in both colours, how many of them alone, and how many `OTHER`.

All but the rows of one file are 242: a third of the 726 that servers and clients had in the first
version. Of those in one file servers had 102, as these are counted.
"""


@pytest.mark.parametrize("package", COLOURS)
def test_no_more_is_written_twice_than_before(package: str) -> None:
    found = twins.twins(package)
    most, alone, others = MOST[package]
    shown = "\n".join(f"{line}  # {' '.join(found.places[line])}" for line in found.kinds[OTHER])
    assert found.count(OTHER) <= others, shown
    assert found.count(ALONE) <= alone, "\n".join(found.kinds[ALONE])
    assert found.total <= most, shown


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
