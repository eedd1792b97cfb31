"""Notices python-engineio in the same environment, whose import name this is, too.

pip lets one distribution overwrite files of the other, and takes them away with the other.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable

THEIR_FOLDERS = ("python_engineio-", "python-engineio-")
TEXT = (
    "python-engineio beside sio-compat, whose packages have the same names: run "
    "'pip uninstall -y python-socketio python-engineio sio-compat', then install sio-compat again"
)


def is_installed(folders: Iterable[str]) -> bool:
    """Tell whether one of the folders of `sys.path` has the metadata of python-engineio."""
    for folder in folders:
        try:
            with os.scandir(folder or ".") as entries:
                for entry in entries:
                    name = entry.name.lower()
                    if name.startswith(THEIR_FOLDERS) and name.endswith(("-info", ".egg")):
                        return True
        except OSError:
            continue  # a zip file, or a folder that is not there
    return False


def warn() -> None:
    """Warn if python-engineio is there, with the way out."""
    if is_installed(sys.path):
        warnings.warn(TEXT, UserWarning, stacklevel=3)
