"""`python -m socketio`: says whose package `socketio` is, and what is installed for it.

It also runs where python-socketio was installed over sio-compat, or was removed from under it.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from sio_compat.beside import WAY_OUT, find

from ._names import PUBLIC

SOCKETIO = sys.modules["socketio"]
"""The package as it was imported, which may be theirs."""


def whose() -> str | None:
    """Return what is wrong with the package `socketio`, or None if it is sio-compat's."""
    if getattr(SOCKETIO, "__file__", None) is None:
        return f"files of sio-compat went away with python-socketio: {WAY_OUT}"
    if not hasattr(SOCKETIO, "_lazy"):
        return f"socketio is python-socketio, which was installed over sio-compat: {WAY_OUT}"
    if beside := find(sys.path):
        return f"{' and '.join(beside)} can still be imported instead: {WAY_OUT}"
    return None


def lines() -> list[str]:
    """Return a line for each distribution that has names: its version, or that it is missing."""
    names: dict[str, list[str]] = {}
    for name, place in PUBLIC.items():
        names.setdefault(place.distribution, []).append(name)
    said = []
    for distribution, theirs in sorted(names.items()):
        try:
            found = version(distribution)
        except PackageNotFoundError:
            found = "missing"
        said.append(f"{distribution:<12}{found:<10}{', '.join(theirs)}")
    return said


def main() -> int:
    """Print it. Returns the exit status: 1 if something is wrong."""
    wrong = whose()
    if wrong is not None:
        print(wrong)
        return 1
    print(f"socketio is sio-compat {SOCKETIO.__version__}")
    print("\n".join(lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
