"""What to tell an application that passed an option of a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable


def unknown_option(owner: str, name: str, known: Iterable[str]) -> str:
    """Return one line that says that `owner` has no option `name`, with the nearest of `known`."""
    from difflib import get_close_matches  # which a program without a mistake does without

    near = get_close_matches(name, list(known), n=1)
    hint = f": did you mean {near[0]!r}?" if near else ", and ignores it"
    return f"{owner} has no option {name!r}{hint}"
