"""Loggers as the `logger` and `engineio_logger` arguments describe them.

Nothing that is logged carries a payload, an authentication value, a cookie or
a session id of the transport: those are secrets of the clients.
"""

from __future__ import annotations

import logging
from typing import Any, cast

DEFAULT = "sio_default_level"
"""The attribute of a logger that has the level that was set here."""


def resolve_logger(setting: bool | logging.Logger | Any, name: str) -> logging.Logger:
    """The logger for a `logger` argument.

    False: the logger `name`, warnings and errors; True: with information; else the
    object itself. A level that the application set is kept, and output to
    stderr is added only where the application did not configure logging.
    Raises TypeError for what is neither a bool nor a logger.
    """
    if not isinstance(setting, bool):
        if not callable(getattr(setting, "info", None)):
            option = "engineio_logger" if name.startswith("engineio") else "logger"
            raise TypeError(
                f"{option} must be False, True or a logger, not {setting!r}; "
                f"a level is set with logging.getLogger({name!r}).setLevel(...)"
            )
        return cast(logging.Logger, setting)
    logger = logging.getLogger(name)
    level = logging.INFO if setting else logging.WARNING
    # Another server of this process may have asked for less: that level is not the application's.
    if logger.level == logging.NOTSET or level < logger.level == getattr(logger, DEFAULT, None):
        logger.setLevel(level)
        setattr(logger, DEFAULT, level)
    if setting and not logger.hasHandlers():
        logger.addHandler(logging.StreamHandler())
    return logger
