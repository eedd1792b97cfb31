"""The asyncio driver; `sio_server.aio` has the names that programs import."""
