"""Users of locust who talk over Socket.IO, with locust's own class for them.

All end once each has had TALKS answers.
"""

import itertools
from collections import Counter

from locust import constant, task
from locust.contrib.socketio import SocketIOUser

TALKS = 5

names = itertools.count()
talks = Counter()
ending = []


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
        talks[self.name] += 1
        runner = self.environment.runner
        is_last = len(talks) == runner.target_user_count and min(talks.values()) >= TALKS
        if is_last and not ending:
            ending.append(runner.greenlet.spawn(runner.quit))

    def on_stop(self):
        self.sio.disconnect()
