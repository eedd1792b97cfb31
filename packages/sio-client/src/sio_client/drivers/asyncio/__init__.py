"""The driver of `AsyncClient`, on an event loop."""
