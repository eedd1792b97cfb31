"""Options of reconnection, which an application may assign while the client is connected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Generic, Self, TypeVar, overload

from sio_core.socketio import ClientState

T = TypeVar("T")


class ReconnectionSetting(Generic[T]):
    """A `ReconnectionSetting` is an attribute of a client that is in force once it is assigned."""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, client: None, owner: type[Any]) -> Self: ...

    @overload
    def __get__(self, client: Any, owner: type[Any] | None = None) -> T: ...

    def __get__(self, client: Any, owner: type[Any] | None = None) -> Any:
        return self if client is None else client.__dict__[self._name]

    def __set__(self, client: Any, value: T) -> None:
        core = client.__dict__.get("_core")
        # One that is idle has another core for the next `connect`, which looks for what changed.
        if core is not None and core.state is not ClientState.IDLE:
            core.change_reconnection(replace(core.config, **{self._name: value}))
        client.__dict__[self._name] = value
