"""A client that logs; given: socketio."""
# ruff: noqa: F821

sio = socketio.AsyncClient(logger=True, engineio_logger=True)
