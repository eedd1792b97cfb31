"""Users of locust who talk over Socket.IO, with locust's own class for them."""

import itertools

from locust import constant, task
from locust.contrib.socketio import SocketIOUser

names = itertools.count()


class Talker(SocketIOUser):
    """Connects, and then says something again and again."""

    wait_time = constant(0.05)

    def on_start(self):
        self.name = f"user {next(names)}"
        self.sio.connect(self.host, wait_timeout=10)

    @task
    def talk(self):
        answer = self.sio.call("echo", [self.name])
        assert answer == [self.name], answer
        self.sio.emit("say", [self.name])
        self.sio.sleep(0)

    def on_stop(self):
        self.sio.disconnect()
