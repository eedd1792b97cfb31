"""Cross-origin rules by their public name; `sio_core.http.cors` has them."""

from .http.cors import CALLBACK, Allowed, Callback, Decision, Policy

__all__ = [
    "CALLBACK",
    "Allowed",
    "Callback",
    "Decision",
    "Policy",
]
