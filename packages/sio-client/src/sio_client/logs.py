"""Loggers as the `logger` and `engineio_logger` arguments describe them.

Nothing that is logged carries a payload, an authentication value, a cookie or
a session id of the transport.
"""

from __future__ import annotations

import logging
from typing import Any, cast


def resolve_logger(setting: bool | logging.Logger | Any, name: str) -> logging.Logger:
    """The logger for a `logger` argument: False has errors only, True information, else itself.

    A level that the application set is kept, and output to stderr is added
    only where the application did not configure logging.
    """
    if not isinstance(setting, bool):
        return cast(logging.Logger, setting)
    logger = logging.getLogger(name)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO if setting else logging.ERROR)
    if setting and not logger.hasHandlers():
        logger.addHandler(logging.StreamHandler())
    return logger
