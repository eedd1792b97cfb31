"""The examples of the documentation, the files of `tests/documented/`: how tests run them."""

from pathlib import Path
from typing import Any

import httpx
import pytest

import socketio

DOCUMENTED = Path(__file__).parents[1] / "documented"


def run_documented(example: str, *folders: Path, **names: Any) -> dict[str, Any]:
    """Run the example of the first folder that has it; return what its namespace then holds.

    `names` are those that the text assumes.
    """
    path = next(path for folder in folders if (path := folder / f"{example}.py").exists())
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)
    namespace = {"__name__": f"documented_{example}", "socketio": socketio, **names}
    exec(code, namespace)
    return namespace


def not_named(folder: Path, module: str) -> list[str]:
    """Return the examples of a folder that the test module with the path `module` does not name."""
    text = Path(module).read_text(encoding="utf-8")
    return [path.stem for path in folder.glob("*.py") if f'"{path.stem}"' not in text]


# Static files ---------------------------------------------------------------


each_static_file = pytest.mark.parametrize(
    ("mapping", "url", "body", "kind"),
    [
        ("single_files", "/", "this is page.html", "text/html"),
        ("single_files", "/static/client.js", "this is static/client.js", "javascript"),
        ("single_files", "/static/style.css", "this is static/style.css", "text/css"),
        ("explicit_type", "/", "this is page.html", "text/plain"),
        ("directory", "/static/index.html", "this is public/index.html", "text/html"),
        ("directory", "/static/", "this is public/index.html", "text/html"),
        ("default_file", "/static/", "GIF", "image/gif"),
        ("default_file_with_type", "/static/", "GIF", "text/plain"),
        ("directory", "/elsewhere", None, None),
        ("directory", "/static/../page.html", None, None),
    ],
)
"""A mapping of the example `static_mappings`, a URL, and the body and type of its answer."""


def check_static_file(answer: httpx.Response, body: Any, kind: Any) -> None:
    """Check the answer for one of `each_static_file`."""
    if body is None:
        assert answer.status_code == 404
    else:
        assert (answer.status_code, answer.text) == (200, body)
        assert kind in answer.headers["content-type"]
