"""A server in an application, which runs when the file is a program; given: sio, Sanic."""
# ruff: noqa: F821

app = Sanic()
sio.attach(app)

if __name__ == "__main__":
    app.run()
