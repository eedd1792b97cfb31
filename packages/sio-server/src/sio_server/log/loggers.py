"""Loggers as the `logger` and `engineio_logger` arguments describe them.

Nothing that is logged carries a payload, an authentication value, a cookie or
a session id of the transport: those are secrets of the clients.
"""

from __future__ import annotations

import logging
from typing import Any

from sio_core.handlers.loggers import find_logger


def resolve_logger(setting: bool | logging.Logger | Any, name: str) -> logging.Logger:
    """Return the logger for a `logger` argument of a server: False has warnings and errors."""
    logger: logging.Logger = find_logger(setting, name, logging.WARNING, logging)
    return logger
