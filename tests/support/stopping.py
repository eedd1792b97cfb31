"""What docs/deployment.md has for a graceful stop of each WSGI server, and how to run it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # servers read this too, in environments without pytest
    from tests.support.servers import Served

PAGE = Path(__file__).resolve().parents[2] / "docs" / "deployment.md"
BLOCK = re.compile(r"^```\{code-block\} python\n(.*?)^```", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"`--hook-master-start \"(.*?)\"`")
SERVERS = ("werkzeug", "pywsgi", "gevent-websocket", "eventlet", "uwsgi")
"""Those that the documentation has lines for, beside waitress, which has no WebSockets."""


def stopping_lines(library: str) -> CodeType:
    """The one block of the documentation with names from `library`."""
    text = PAGE.read_text(encoding="utf-8")
    imports = re.compile(rf"^from {library}\b", re.MULTILINE)
    (found,) = (block for block in BLOCK.finditer(text) if imports.search(block.group(1)))
    # As many blank lines in front as make the numbers in a traceback those of the page.
    lines = "\n" * text.count("\n", 0, found.start(1)) + found.group(1)
    return compile(lines, str(PAGE), "exec")


def serve_stopping(serve: Callable[..., Served], server: str, app: str, **kwargs: Any) -> Served:
    """`serve` a server of SERVERS as the documentation says for a graceful stop."""
    if server == "uwsgi":
        (hook,) = OPTIONS.findall(PAGE.read_text(encoding="utf-8"))
        kwargs["arguments"] = ["--hook-master-start", hook]
        kwargs["env"] = {"SIO_TEST_STOPPING": app.replace("tests.apps.", "tests.apps.wsgi.")}
        return serve(server, "tests.apps.stopping:app", **kwargs)
    return serve(server, app, env={"SIO_TEST_STOPPING": "documented"}, **kwargs)
