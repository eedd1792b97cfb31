"""TLS with an authority of one's own; given: requests, socketio."""
# ruff: noqa: F821

http_session = requests.Session()
http_session.verify = "/path/to/ca.pem"
sio = socketio.Client(http_session=http_session)
sio.connect("https://example.com")
