"""The classes for `--ws`: a WebSocket from its request to its acceptance, and ordinary routes."""
