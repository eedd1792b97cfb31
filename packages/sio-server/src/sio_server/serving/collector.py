"""The garbage collector of a process that is a server and nothing else.

It counts the objects of containers that are made and not freed, which is what a server does whose
clients stay: a connection is some thirty. With Python's own thresholds it looks at all of them
again and again while clients come, for 10,000 clients longer than a tenth of a second each time,
and finds nothing, since a connection that ends leaves no cycle.
"""

import gc

THRESHOLDS = (10_000, 10, 50)
"""New objects until the youngest are looked at, about 2 ms; how often that is done until those that
were left are, too; and how often this until all are: after five million objects more."""


def tune_collector() -> None:
    """Have the garbage collector of this process hold up a server less; call it before serving.

    All objects that exist are taken out of its sight for ever (`gc.freeze`), and it is given the
    `THRESHOLDS` of this module. Cycles of the application are still found, later. It concerns the
    whole process, so no server calls it by itself but `ASGIApp.run` and other commands that make
    the process. `gc.unfreeze` and `gc.set_threshold` take it back. Calling it again does no harm.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
