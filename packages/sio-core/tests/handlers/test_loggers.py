"""`loggers.py`: which logger a `logger` argument stands for, and with which level."""

import logging
from collections.abc import Iterator

import pytest

from sio_core.handlers.loggers import find_logger

NAME = "engineio.tested"


@pytest.fixture(autouse=True)
def logger(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """The logger of this module, as if nobody had asked for it."""
    logger = logging.getLogger(NAME)
    yield logger
    logger.setLevel(logging.NOTSET)
    logger.handlers.clear()
    logger.__dict__.pop("sio_default_level", None)


def test_a_logger_is_itself() -> None:
    own = logging.getLogger("own")
    assert find_logger(own, NAME, logging.ERROR, logging) is own


@pytest.mark.parametrize(("name", "option"), [(NAME, "engineio_logger"), ("other", "logger")])
def test_anything_else_is_refused(name: str, option: str) -> None:
    with pytest.raises(TypeError, match=f"^{option} must be False, True or a logger, not 'info'"):
        find_logger("info", name, logging.ERROR, logging)


def test_false_is_quiet_until_somebody_wants_more(logger: logging.Logger) -> None:
    assert find_logger(False, NAME, logging.WARNING, logging) is logger
    assert logger.level == logging.WARNING
    find_logger(True, NAME, logging.WARNING, logging)
    find_logger(False, NAME, logging.WARNING, logging)
    assert logger.level == logging.INFO


def test_a_level_of_the_application_is_kept(logger: logging.Logger) -> None:
    logger.setLevel(logging.CRITICAL)
    find_logger(True, NAME, logging.WARNING, logging)
    assert logger.level == logging.CRITICAL


@pytest.mark.parametrize("configured", [True, False])
def test_output_is_added_where_there_is_none(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch, configured: bool
) -> None:
    monkeypatch.setattr(logger, "hasHandlers", lambda: configured)
    find_logger(True, NAME, logging.WARNING, logging)
    assert len(logger.handlers) == (0 if configured else 1)
    find_logger(False, NAME, logging.WARNING, logging)
    assert len(logger.handlers) == (0 if configured else 1)
