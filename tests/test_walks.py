"""A message walks through fewer files, and takes fewer calls, than in the first version.

`bench/walks.py` counts. The most that is allowed is one less than the first version took, with
Python 3.11, or 3.12 and newer, where handlers need fewer calls. A broadcast may take as many there:
one call of them has the second of a turn wait for the end of the turn.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

WALKS = Path(__file__).resolve().parents[1] / "bench" / "walks.py"
FILES = {
    "AsyncServer: event": 19,
    "AsyncServer: broadcast to 10": 16,
    "AsyncServer: upgrade, event": 29,
    "Server: event, polling": 27,
    "Server: emit, polling": 25,
}
OLD, NEW = (51, 69, 216, 156, 70), (43, 69, 203, 151, 68)
CALLS = dict(zip(FILES, OLD if sys.version_info < (3, 12) else NEW, strict=True))
LINE = re.compile(r"(.+?) +(\d+) files in +\d+ folders, +(\d+) calls")


@pytest.fixture(scope="module")
def walks() -> dict[str, tuple[int, int]]:
    """The files and the calls of each walk through a server."""
    run = subprocess.run(
        [sys.executable, WALKS, "servers"], capture_output=True, text=True, check=True, timeout=120
    )
    found = map(LINE.match, run.stdout.splitlines())
    return {match[1]: (int(match[2]), int(match[3])) for match in found if match}


@pytest.mark.parametrize("walk", FILES)
def test_a_walk_is_shorter_than_in_the_first_version(
    walks: dict[str, tuple[int, int]], walk: str
) -> None:
    files, calls = walks[walk]
    assert files <= FILES[walk], (
        "see `python bench/walks.py`: which file is walked through in vain?"
    )
    assert calls <= CALLS[walk]
