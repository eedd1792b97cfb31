"""The loggers that the arguments `logger` and `engineio_logger` of servers and clients describe."""

from __future__ import annotations

from typing import Any

DEFAULT = "sio_default_level"
"""The attribute of a logger that has the level that was set here."""


def find_logger(setting: Any, name: str, quiet: int, logging: Any) -> Any:
    """Return the logger for a `logger` argument.

    False: the logger `name` with the level `quiet`; True: with information; else the object itself.
    A level that the application set is kept, and output to stderr is added only where the
    application did not configure logging. `logging` is the module, which this package does not
    import. Raises TypeError for what is neither a bool nor a logger.
    """
    if not isinstance(setting, bool):
        if not callable(getattr(setting, "info", None)):
            option = "engineio_logger" if name.startswith("engineio") else "logger"
            raise TypeError(
                f"{option} must be False, True or a logger, not {setting!r}; "
                f"a level is set with logging.getLogger({name!r}).setLevel(...)"
            )
        return setting
    logger = logging.getLogger(name)
    level = logging.INFO if setting else quiet
    # A level that an object of this process has set (`DEFAULT`) may be lowered for another one; a
    # level that the application has set stays.
    if logger.level == logging.NOTSET or level < logger.level == getattr(logger, DEFAULT, None):
        logger.setLevel(level)
        setattr(logger, DEFAULT, level)
    if setting and not logger.hasHandlers():
        logger.addHandler(logging.StreamHandler())
    return logger
