"""TLS as it is by default; given: sio."""
# ruff: noqa: F821

sio.connect("https://example.com")
