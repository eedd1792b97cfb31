"""Emit and wait for the answer; given: sio, user_sid; to be called."""
# ruff: noqa: F821

from socketio.exceptions import TimeoutError


def main():
    answer = sio.call("my event", {"data": "foobar"}, to=user_sid)
    try:
        sio.call("no answer", sid=user_sid, timeout=0.01)
    except TimeoutError:
        return answer, "timed out"
