"""The names of the methods that programs replace: they are those of python-socketio."""

from __future__ import annotations

from typing import Final

CALLING: Final = frozenset(("_trigger_event", "_get_event_handler", "_get_namespace_handler"))
"""How a handler is found and called."""
INPUTS: Final = frozenset(("_handle_eio_connect", "_handle_eio_message", "_handle_eio_disconnect"))
"""What comes from connections."""
OUTPUTS: Final = frozenset(("_send_packet", "_send_eio_packet"))
"""What goes to connections."""
