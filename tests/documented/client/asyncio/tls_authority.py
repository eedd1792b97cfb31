"""TLS with an authority of one's own; given: aiohttp, socketio, ssl."""
# ruff: noqa: F704, F821

ssl_context = ssl.create_default_context()
ssl_context.load_verify_locations("/path/to/ca.pem")
connector = aiohttp.TCPConnector(ssl=ssl_context)
http_session = aiohttp.ClientSession(connector=connector)
sio = socketio.AsyncClient(http_session=http_session)
await sio.connect("https://example.com")
