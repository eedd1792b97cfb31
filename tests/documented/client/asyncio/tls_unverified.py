"""TLS without verification; given: aiohttp, socketio."""
# ruff: noqa: F704, F821

connector = aiohttp.TCPConnector(ssl=False)
http_session = aiohttp.ClientSession(connector=connector)
sio = socketio.AsyncClient(http_session=http_session)
await sio.connect("https://example.com")
