"""Which handler an event goes to. Looking up is pure; calling belongs to the driver."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .call_shape import CallShape, Handler, call_shape
from .watched_dict import WatchedDict

ANY: Final = "*"
"""As an event or a namespace: whatever has no handler of its own."""

LIFECYCLE_EVENTS: Final = frozenset(("connect", "disconnect"))
"""Events of the server's own making, which a catch-all event never sees."""

MAX_PLANS: Final = 1000
"""Plans that are kept: a catch-all handler has one for each name that a peer thinks of."""

LONGEST_KEPT: Final = 256
"""Characters of an event's name past which its plan is not kept: a peer may send millions."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one event is handled: `handler(*prefix, *args)`, with `least` to `most` arguments.

    `prefix` has the names of the event and the namespace, where a catch-all is to be told them.
    `least` and `most` are what the `shape` of the handler takes.
    """

    handler: Handler
    prefix: tuple[str, ...]
    shape: CallShape
    least: int
    most: int


class HandlerTable:
    """A `HandlerTable` holds handlers by namespace and event, and objects for whole namespaces.

    `functions` and `objects` are dictionaries that applications may read and change. A plain
    dictionary that is put in `functions` is read anew only when `functions` changes again.
    """

    def __init__(self, lifecycle: Collection[str] = LIFECYCLE_EVENTS) -> None:
        """Make an empty table; a catch-all event never sees the events of `lifecycle`."""
        self._lifecycle = frozenset(lifecycle)
        self._plans: dict[tuple[str, str], Plan | None] = {}
        self._shapes: dict[Handler, CallShape] = {}
        self.functions: dict[str, dict[str, Handler]] = WatchedDict(self._forget_plans)
        self.objects: dict[str, Any] = {}

    def add(self, namespace: str, event: str, handler: Handler) -> None:
        """Register `handler`; a later one for the same event takes its place."""
        functions = self.functions.get(namespace)
        if functions is None:
            functions = self.functions[namespace] = WatchedDict(self._forget_plans)
        functions[event] = handler

    def replace(self, functions: Mapping[str, Mapping[str, Handler]]) -> None:
        """Take a copy of `functions` in the place of all that are registered."""
        copies = {namespace: {**handlers} for namespace, handlers in functions.items()}
        self.functions.clear()
        for namespace, handlers in copies.items():
            watched = self.functions[namespace] = WatchedDict(self._forget_plans)
            watched.update(handlers)

    def namespaces(self) -> Iterator[str]:
        """Return the namespaces that have a handler of their own."""
        yield from (name for name in (*self.functions, *self.objects) if name != ANY)

    def plan(self, namespace: str, event: Any) -> Plan | None:
        """Return how a function handles an event, or None where there is none for it.

        The most exact wins: event in namespace, any event in namespace, event
        in any namespace, any event in any namespace. `event` is what a peer sent as its name,
        text or a number.
        """
        plans = self._plans
        try:
            return plans[namespace, event]
        except KeyError:
            pass
        found = self._find(namespace, event)
        plan = None if found is None else self._make_plan(*found)
        # Only plans of texts are kept: 1 and 1.0 would be one key, and are different names.
        if isinstance(event, str) and len(event) <= LONGEST_KEPT:
            if len(plans) >= MAX_PLANS:
                plans.clear()
            plans[namespace, event] = plan
        return plan

    def _make_plan(self, handler: Handler, prefix: tuple[str, ...]) -> Plan:
        shape = self.shape(handler)
        most = sys.maxsize if shape.most is None else shape.most
        return Plan(handler, prefix, shape, shape.least, most)

    def _forget_plans(self) -> None:
        # A new dictionary: into the old one another thread may still put a plan that is outdated.
        self._plans = {}

    def shape(self, handler: Handler) -> CallShape:
        """Return how `handler` may be called, which is read from its signature once."""
        try:
            shape = self._shapes.get(handler)
        except TypeError:  # not hashable: read it each time
            return call_shape(handler)
        if shape is None:
            shape = self._shapes[handler] = call_shape(handler)
        return shape

    def _find(self, namespace: str, event: Any) -> tuple[Handler, tuple[str, ...]] | None:
        lifecycle = event in self._lifecycle
        named = event != ANY  # a peer may name its event `*`
        own = self.functions.get(namespace)
        if own is not None:
            if named and event in own:
                return own[event], ()
            if ANY in own and not lifecycle:
                return own[ANY], (event,)
        shared = self.functions.get(ANY)
        if shared is not None:
            if named and event in shared:
                return shared[event], (namespace,)
            if ANY in shared and not lifecycle:
                return shared[ANY], (event, namespace)
        return None

    def resolve_object(self, namespace: str) -> tuple[Any, tuple[str, ...]] | None:
        """Return the object for a namespace, and the arguments in front of its events' own."""
        if namespace in self.objects:
            return self.objects[namespace], ()
        if ANY in self.objects:
            return self.objects[ANY], (namespace,)
        return None
