"""Which file a rule of `static_files` names, for programs that serve it themselves."""

from __future__ import annotations

from collections.abc import Mapping

from ..serving.static_files import CONTENT_TYPES, Rule, StaticFiles

content_types = {suffix[1:]: kind for suffix, kind in CONTENT_TYPES.items()}
"""The content types of files, by the end of their name."""


def get_static_file(path: str, static_files: Mapping[str, Rule]) -> dict[str, str] | None:
    """Return the file for the path of a URL, or None if no rule of `static_files` has one.

    For example `get_static_file("/js/app.js", {"/js": "./public"})`. The dictionary has the keys
    `filename` and `content_type`. Reads the disk: a file that is not there is None.
    """
    found = StaticFiles(static_files).find(path)
    if found is None:
        return None
    return {"filename": str(found.path), "content_type": found.content_type}
