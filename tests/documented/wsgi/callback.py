"""A callback for an emit; given: sio, seen, user_sid; to be called."""
# ruff: noqa: F821


def processed(*args):
    seen.append(args)


def main():
    sio.emit("my event", {"data": "foobar"}, to=user_sid, callback=processed)
