"""The fixture `site`: files to serve, for the examples of the documentation.

A test module asks for it with `pytest_plugins = ["tests.support.static_site"]`.
"""

from pathlib import Path

import pytest


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the examples of `static_files` serve, in the working directory."""
    for name in ("page.html", "static/client.js", "static/style.css", "public/index.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"this is {name}")
    (tmp_path / "public" / "image.gif").write_bytes(b"GIF")
    monkeypatch.chdir(tmp_path)
    return tmp_path
