"""TLS with a certificate of the client; given: requests, socketio."""
# ruff: noqa: F821

http_session = requests.Session()
http_session.cert = ("/path/to/client/cert.pem", "/path/to/client/key.pem")
sio = socketio.Client(http_session=http_session)
sio.connect("https://example.com")
