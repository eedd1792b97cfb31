"""What servers and clients share of calling an application: its handlers, and how they are found.

Nothing here is protocol. It stands in this package because `sio_server` and `sio_client` both
need it and know nothing of each other.
"""

from .call_shape import CallShape, Handler, call_shape
from .forward import forward
from .namespaces import AwaitingMethods, BlockingMethods, EventMethods
from .registration import HandlerT, Registration, check_namespace
from .table import ANY, HandlerTable

__all__ = [
    "ANY",
    "AwaitingMethods",
    "BlockingMethods",
    "CallShape",
    "EventMethods",
    "Handler",
    "HandlerT",
    "HandlerTable",
    "Registration",
    "call_shape",
    "check_namespace",
    "forward",
]
