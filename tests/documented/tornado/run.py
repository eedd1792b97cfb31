"""The application is run in the usual manner; given: app, port, tornado."""
# ruff: noqa: F821

app.listen(port)
tornado.ioloop.IOLoop.current().start()
