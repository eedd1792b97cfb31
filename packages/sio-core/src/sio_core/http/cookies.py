"""The cookie of the handshake response, which carries the Engine.IO session id.

A load balancer can use it to send all requests of a session to one process.
The server itself never reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from ..protocol_errors import LocalProtocolError

Attribute: TypeAlias = str | int | bool | Callable[[], object]
"""Text (or a number), a bare attribute (True), none at all (False), or a function for one."""

# RFC 6265, section 4.1.1: a cookie name is a token (RFC 9110, section 5.6.2).
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# An attribute value is any character but control characters and ";".
_VALUE = re.compile(r"[\x20-\x3a\x3c-\x7e]*")


class Cookie:
    """A `Cookie` makes the `Set-Cookie` value of each session.

    A string is the cookie's name: the cookie is then for the whole host, out of
    reach of scripts, and not sent with cross-site requests. A mapping has its
    name under `name` (`io` without one), and attributes: those get `path=/` and `SameSite=Lax`
    unless they say otherwise, and no `HttpOnly` unless they ask for it. Raises
    `LocalProtocolError` for text that no cookie can hold.
    """

    __slots__ = ("_attributes", "_name")

    def __init__(self, setting: str | Mapping[str, Attribute]) -> None:
        attributes: dict[str, Attribute]
        if isinstance(setting, str):
            name: object = setting
            attributes = {"Path": "/", "HttpOnly": True, "SameSite": "Lax"}
        else:
            attributes = dict(setting)
            name = attributes.pop("name", "io")
            given = {attribute.lower() for attribute in attributes}
            defaults = {"path": "/", "SameSite": "Lax"}
            attributes = {
                **{key: value for key, value in defaults.items() if key.lower() not in given},
                **attributes,
            }
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise LocalProtocolError("the cookie needs a name of letters, digits, '-' and '_'")
        self._name = name
        self._attributes = attributes
        for attribute, value in attributes.items():
            if not _TOKEN.fullmatch(attribute):
                raise LocalProtocolError(f"not a cookie attribute: {attribute!r}")
            if not callable(value):
                _attribute(attribute, value)

    def attributes(self) -> str:
        """Return what follows the value in `Set-Cookie`.

        Calls the functions among the attributes; raises `LocalProtocolError` when
        one returns what no cookie can hold.
        """
        parts = (
            _attribute(attribute, value() if callable(value) else value)
            for attribute, value in self._attributes.items()
        )
        return "".join(f"; {part}" for part in parts if part)

    def header(self, sid: str, attributes: str | None = None) -> str:
        """Return the value of `Set-Cookie` for session id `sid`, with `attributes` or its own."""
        return f"{self._name}={sid}{self.attributes() if attributes is None else attributes}"


def _attribute(name: str, value: object) -> str:
    # An attribute that is left out is an empty string.
    if value is True:
        return name
    if value is False or value is None:
        return ""
    if not isinstance(value, (str, int)) or not _VALUE.fullmatch(str(value)):
        raise LocalProtocolError(
            f"cookie attribute {name} must be text without ';' and control characters, "
            "a number, a boolean, or a function without arguments that returns one"
        )
    return f"{name}={value}"
