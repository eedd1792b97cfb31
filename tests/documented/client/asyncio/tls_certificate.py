"""TLS with a certificate of the client; given: aiohttp, socketio, ssl."""
# ruff: noqa: F704, F821

ssl_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
ssl_context.load_cert_chain("/path/to/client/cert.pem", "/path/to/client/key.pem")
connector = aiohttp.TCPConnector(ssl=ssl_context)
http_session = aiohttp.ClientSession(connector=connector)
sio = socketio.AsyncClient(http_session=http_session)
await sio.connect("https://example.com")
