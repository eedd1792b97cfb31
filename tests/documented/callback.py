"""A callback for an emit; given: sio, seen, user_sid; to be awaited."""
# ruff: noqa: F821


def processed(*args):
    seen.append(args)


async def main():
    await sio.emit("my event", {"data": "foobar"}, to=user_sid, callback=processed)
