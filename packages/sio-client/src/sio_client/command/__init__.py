"""The command `python -m sio_client`."""
