"""The WSGI environment of a session, for as long as the session lives."""

from __future__ import annotations

from typing import Any, Protocol


class EnvironSource(Protocol):
    """An object that can describe the request with which a session began."""

    def environ(self) -> dict[str, Any]: ...


class EnvironKeeper:
    """One dictionary for the life of a session, made when it is first asked for.

    `user_session` is what `eio.save_session` keeps about the client.
    """

    __slots__ = ("_environ", "_source", "user_session")

    def __init__(self, source: EnvironSource | None) -> None:
        self.user_session: dict[str, Any] | None = None
        self._environ: dict[str, Any] | None = {} if source is None else None
        self._source = source

    @property
    def environ(self) -> dict[str, Any]:
        """Return the WSGI environment of the request that opened the session."""
        source = self._source
        if source is not None:
            # Another thread may ask for the first time, too: there is one dictionary.
            made = source.environ()
            if self._environ is None:
                self._environ = made
            self._source = None
        assert self._environ is not None, "it is made, or set"
        return self._environ

    @environ.setter
    def environ(self, value: dict[str, Any]) -> None:
        self._environ = value
        self._source = None
