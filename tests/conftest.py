"""Fixtures for the root tests: real components, skipping (in CI: failing) where missing."""

import pytest

from tests.support.components import require
from tests.support.node import Node
from tests.support.node import node as find_node


@pytest.fixture(scope="session")
def node() -> Node:
    """Return Node.js and the folder with the JavaScript clients."""
    return find_node()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium."""
    return require("chromium")


@pytest.fixture(scope="session")
def peer_python() -> str:
    """Return the interpreter that has python-socketio itself."""
    return require("python-socketio")
