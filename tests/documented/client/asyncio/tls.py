"""TLS as it is by default; given: sio."""
# ruff: noqa: F704, F821

await sio.connect("https://example.com")
