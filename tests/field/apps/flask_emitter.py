"""Emits to the clients of other processes: `python flask_emitter.py URL CHANNEL ROOM`."""

import json
import sys

from flask_socketio import SocketIO

url, channel, room = sys.argv[1:]
socketio = SocketIO(message_queue=url, channel=channel)
socketio.emit("outside", {"from": "elsewhere"}, to=room)
print(json.dumps("sent"))
