"""What the machine must allow for a crowd: open files of a process, and ports of an address."""

import resource
from pathlib import Path

from sides import BenchError

SPARE = 200
PER_ADDRESS = 10_000
"""Clients that share a loopback address, as in `loadgen.c`."""
PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


def make_room(connections: int) -> None:
    """Let servers and generator have a socket for each client; raises BenchError where none may."""
    raise_file_limit(connections + SPARE)
    check_ports(min(connections, PER_ADDRESS) + SPARE)


def raise_file_limit(wanted: int) -> None:
    """Raise the limit as far as it may be."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        try:  # root may, as a rule
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        except (OSError, ValueError):
            raise BenchError(
                f"{wanted} open files are needed and {hard} allowed: raise it with "
                f"`ulimit -n {wanted}` as root, or lower --connections"
            ) from None
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def check_ports(wanted: int) -> None:
    """Refuse to begin where an address has fewer ports than clients."""
    if not PORTS.exists():
        return
    first, last = map(int, PORTS.read_text().split())
    ports = last - first + 1
    if ports < wanted:
        raise BenchError(
            f"{wanted} ports of an address are needed and {ports} allowed: raise it with "
            "`sysctl net.ipv4.ip_local_port_range='16384 60999'` as root, or lower --connections"
        )
