"""`tune_collector`, in a process of its own, for it concerns all of one."""

import subprocess
import sys

from sio_server.serving.collector import THRESHOLDS

PROGRAM = """
import gc, weakref
from sio_server import tune_collector

class Knot:
    def __init__(self):
        self.itself = self

knots = [Knot()]
before = weakref.ref(knots.pop())
tune_collector()
assert before() is None, "what could be freed was frozen"
frozen = gc.get_freeze_count()
tune_collector()
assert frozen > 1000 and gc.get_freeze_count() >= frozen
assert gc.isenabled()
print(gc.get_threshold())

later = weakref.ref(Knot())
some = [[] for _ in range(gc.get_threshold()[0] + 1000)]
print(later())
"""


def test_cycles_of_the_application_are_still_freed():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stdout == f"{THRESHOLDS}\nNone\n", done.stderr
