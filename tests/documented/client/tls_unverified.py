"""TLS without verification; given: requests, socketio."""
# ruff: noqa: F821

http_session = requests.Session()
http_session.verify = False
sio = socketio.Client(http_session=http_session)
sio.connect("https://example.com")
