"""Emit and wait for the answer; given: sio, user_sid; to be awaited."""
# ruff: noqa: F821

from socketio.exceptions import TimeoutError


async def main():
    answer = await sio.call("my event", {"data": "foobar"}, to=user_sid)
    try:
        await sio.call("no answer", sid=user_sid, timeout=0.01)
    except TimeoutError:
        return answer, "timed out"
