"""What is printed, by several threads: always whole lines, and at once."""

import sys
from pathlib import Path
from threading import Lock
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent

_lock = Lock()


def say(message: str) -> None:
    """Print a message at once, and nothing of other threads in the middle of it."""
    with _lock:
        print(message, flush=True)


def fail(message: str) -> NoReturn:
    """End the program with one line that says what to do."""
    sys.exit(f"dev.py: {message}")
