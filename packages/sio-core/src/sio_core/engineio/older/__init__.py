"""What Engine.IO protocol 3 alone needs: its frames, its payloads, and messages in their form."""

from .frames import read_frame
from .messages import (
    BINARY_PAYLOAD_TYPE,
    OlderMessage,
    OlderTextMessage,
    ascii_form,
    encode_binary_payload,
    encode_payload,
    encode_text_payload,
    older_form,
    text_form,
)
from .payload import decode_payload, decode_payload_of_before_2015, opens_older_session

__all__ = [
    "BINARY_PAYLOAD_TYPE",
    "OlderMessage",
    "OlderTextMessage",
    "ascii_form",
    "decode_payload",
    "decode_payload_of_before_2015",
    "encode_binary_payload",
    "encode_payload",
    "encode_text_payload",
    "older_form",
    "opens_older_session",
    "read_frame",
    "text_form",
]
