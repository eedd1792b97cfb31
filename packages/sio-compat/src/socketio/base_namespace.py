"""`socketio.base_namespace`: what class-based namespaces derive from, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_client.shared.namespace_base import NamespaceOfClient
    from sio_core.handlers import EventMethods
    from sio_server import namespace_base

    BaseNamespace = EventMethods
    BaseServerNamespace = namespace_base.BaseNamespace
    BaseClientNamespace = NamespaceOfClient
else:
    __getattr__, __dir__ = lazy(__name__)
