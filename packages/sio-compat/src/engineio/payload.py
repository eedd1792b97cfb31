"""`engineio.payload`: `Payload`, whose `max_decode_packets` is the limit of the process."""

from sio_core.engineio.payload_object import Payload

__all__ = ["Payload"]
