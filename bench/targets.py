"""What this project set out to reach, in times less than a peer uses.

They hold for the CPU a message, memory of an idle connection or of a client, or time to start that
the key names, as medians of one interleaved run with the standard library's JSON; servers under
uvloop, clients under asyncio's own loop.
"""

from collections.abc import Mapping

from scenarios import CLIENT

Target = Mapping[tuple[str, str], float]
"""Keys are ours and the peer, labels of `SIDES`."""

THEIRS = ("ours", "theirs")
NODE = ("ours", "node")
PLAIN = ("plain", "theirs")
BARE: Target = {
    ("bare", "ours"): 1.3,
    ("bare", "plain"): 1.3,
    ("bare-granian", "plain-granian"): 1.3,
    ("bare-hypercorn", "plain-hypercorn"): 1.3,
}
"""At most so many times as much as an application without Socket.IO: less is better."""
THREADS = ("ours-threads", "theirs-threads")
GEVENT = ("ours-gevent", "theirs-gevent")
EVENTLET = ("ours-eventlet", "theirs-eventlet")
AIOHTTP = ("ours-aiohttp", "theirs-aiohttp")
TORNADO = ("ours-tornado", "theirs-tornado")
ASYNC = ("ours-async", "theirs-async")
BLOCKING = ("ours-blocking", "theirs-blocking")
OBSERVED = ("observed", "ours")
MEASURED: Target = {OBSERVED: 0.97}
LESS: Target = {THREADS: 1, GEVENT: 1, EVENTLET: 1}

# scenario, figure: the targets
TARGETS: dict[tuple[str, str], Target] = {
    ("echo32", "cpu_us"): {
        THEIRS: 6,
        NODE: 1.4,
        PLAIN: 2.7,
        **BARE,
        AIOHTTP: 3,
        TORNADO: 3,
        **LESS,
        **MEASURED,
    },
    ("echo1k", "cpu_us"): {THEIRS: 5, NODE: 1.3},
    ("bcast100", "cpu_us"): {THEIRS: 3.5, NODE: 1.2, **LESS, THREADS: 3, GEVENT: 3, **MEASURED},
    ("bcast1000", "cpu_us"): {THEIRS: 8, NODE: 1.3, PLAIN: 5.5, **BARE, AIOHTTP: 5, TORNADO: 5},
    ("burst1000", "cpu_us"): {THEIRS: 40, NODE: 6},
    ("rooms", "cpu_us"): {THEIRS: 5, NODE: 1.4, **MEASURED},
    ("bin1k", "cpu_us"): {THEIRS: 5, NODE: 2.3, **LESS},
    ("bin64k", "cpu_us"): {THEIRS: 3, NODE: 1.5},
    ("connect", "cpu_us"): {THEIRS: 3, NODE: 1.1, **MEASURED},
    ("pollecho", "cpu_us"): {THEIRS: 3, NODE: 0.9, **LESS},
    ("idle", "connection_kib"): {THEIRS: 4, NODE: 2.3, PLAIN: 1.8, AIOHTTP: 2, TORNADO: 2},
    ("idle", "beat_us"): {THEIRS: 3, NODE: 1},
    ("paced32", "p99_ms"): {NODE: 1},
    ("cold", "import_ms"): {THEIRS: 2.5},
    ("cold", "start_ms"): {THEIRS: 2, NODE: 0.7},
    **{(name, "cpu_us"): {ASYNC: 1, BLOCKING: 1} for name in CLIENT if name != "many"},
    ("many", "cpu_us"): {ASYNC: 1},
    ("many", "client_kib"): {ASYNC: 1},
}


def target(scenario: str, figure: str, pair: tuple[str, str]) -> float | None:
    """Return what was set for a pair of sides, None where nothing was."""
    return TARGETS.get((scenario, figure), {}).get(pair)
