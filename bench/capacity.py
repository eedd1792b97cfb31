"""What one core carries, as `--capacity` says it: how often a second, and what fits into memory."""

from collections.abc import Sequence

from comparing import Comparison
from figures import median
from reporting import NONE, render
from scenarios import Kind

MICROSECONDS = 1_000_000
KIB_A_GIB = 1024 * 1024


def table(results: Sequence[Comparison], label: str) -> str:
    """Return what a core of the side `label` carries, scenario by scenario, in Markdown.

    The share of the kernel is part of the CPU time. Memory is of the process; what the kernel keeps
    for both ends of the connections is given beside it, since both are on this machine here.
    """
    rows = [["what", "CPU us each", "of which kernel", "a second and core"]]
    memory: list[str] = []
    for result in results:
        load = result.scenario.kind is Kind.LOAD
        cpu = median(result.turns, label, "cpu_us" if load else "beat_us")
        kernel = median(result.turns, label, "kernel_us") if load else None
        title = result.scenario.title if load else "heartbeats of idle WebSockets"
        rows.append([title, _number(cpu, ".1f"), _number(kernel, ".1f"), _a_second(cpu)])
        if not load:
            memory = _memory(result, label)
    return "\n".join([render(rows), *memory])


def _number(value: float | None, form: str) -> str:
    return NONE if value is None else format(value, form)


def _a_second(cpu: float | None) -> str:
    """Return how many of `cpu` microseconds fit into a second, to two digits."""
    return f"{float(f'{MICROSECONDS / cpu:.2g}'):,.0f}" if cpu else NONE


def _memory(result: Comparison, label: str) -> list[str]:
    own = median(result.turns, label, "connection_kib")
    if not own:
        return []
    kernel = median(result.turns, label, "kernel_kib")
    return [
        "",
        f"An idle WebSocket takes {own:.1f} KiB of the process, so a GiB holds "
        f"{float(f'{KIB_A_GIB / own:.2g}'):,.0f} of them. Both ends of a connection take "
        f"{_number(kernel, '.1f')} KiB of the kernel.",
    ]
