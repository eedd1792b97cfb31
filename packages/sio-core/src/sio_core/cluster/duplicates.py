"""Which messages of other nodes were here before: a broker may deliver one twice."""

from __future__ import annotations

WINDOW = 1_024
"""Numbers of a host that are remembered, behind the highest."""
MAX_HOSTS = 1_024
_ALL = (1 << WINDOW) - 1


class Duplicates:
    """The last `WINDOW` numbers of each of the last `MAX_HOSTS` hosts.

    A number further back than that counts as new.
    """

    __slots__ = ("_hosts",)

    def __init__(self) -> None:
        # The highest number of a host, and a bit for each one behind it that was here.
        self._hosts: dict[str, tuple[int, int]] = {}

    def is_new(self, host_id: str, number: int) -> bool:
        """Note message `number` of a host. Returns False if it was here before."""
        highest, bits = self._hosts.get(host_id, (0, 0))
        ahead = number - highest
        if ahead > 0:
            if not bits and len(self._hosts) >= MAX_HOSTS:
                del self._hosts[next(iter(self._hosts))]
            bits = (bits << ahead | 1) & _ALL if ahead < WINDOW else 1
            self._hosts[host_id] = (number, bits)
            return True
        if ahead <= -WINDOW:
            return True
        bit = 1 << -ahead
        if bits & bit:
            return False
        self._hosts[host_id] = (highest, bits | bit)
        return True
