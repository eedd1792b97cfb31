"""Notices python-socketio and python-engineio in the same environment.

Their import names are those of sio-compat:
pip lets one distribution overwrite files of the other, and takes them away with
the other. What is imported is then partly the one, partly the other. Where theirs was
installed last, nothing of ours runs at an import: `python -m socketio` says so.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterable, Mapping

THEIR_METADATA = re.compile(r"python[-_](socketio|engineio)-.*(-info|\.egg)")
WAY_OUT = (
    "run 'pip uninstall -y python-socketio python-engineio sio-compat', "
    "then install sio-compat again"
)


def find(folders: Iterable[str]) -> dict[str, str]:
    """Return which of the two are installed in folders of `sys.path`: the folder by the name.

    Listing them takes half a millisecond; importlib.metadata takes 20.
    """
    found: dict[str, str] = {}
    for folder in folders:
        try:
            with os.scandir(folder or ".") as entries:
                for entry in entries:
                    if match := THEIR_METADATA.fullmatch(entry.name.lower()):
                        found.setdefault(f"python-{match[1]}", folder)
        except OSError:
            continue  # a zip file, or a folder that is not there
    return found


def text_of(found: Mapping[str, str], ours: str) -> str:
    """Return what is said of what `find` has found, where sio-compat is in the folder `ours`."""
    names = " and ".join(sorted(found, reverse=True))
    if any(os.path.realpath(folder or ".") == ours for folder in found.values()):
        return f"{names} beside sio-compat, whose packages have the same names: {WAY_OUT}"
    where = ", ".join(sorted({*found.values()}))
    return (
        f"{names} in {where}, sio-compat in {ours}: the packages have the same names, and the "
        f"order of sys.path says which one is imported: run 'pip uninstall -y {' '.join(found)}'"
    )


def warn(*names: str) -> None:
    """Warn, with the way out, if the distribution of one of these import names is there."""
    theirs = {f"python-{name}" for name in names}
    if found := {name: folder for name, folder in find(sys.path).items() if name in theirs}:
        ours = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
        warnings.warn(text_of(found, ours), UserWarning, stacklevel=3)
