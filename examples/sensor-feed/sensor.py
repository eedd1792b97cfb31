"""A sensor that loses no reading: each is kept until the server has acknowledged it.

One `AsyncClient`, and two tasks: one measures, whatever the connection does; the other sends
what was measured, in order, and again after a connection that broke.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections import deque

try:
    from sio_client import AsyncClient
    from sio_client.exceptions import BadNamespaceError, ConnectionError, TimeoutError
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing. Run: pip install sio-client")

KEPT = 10_000
"""Readings that wait for a connection; past it the oldest is lost."""


class Sensor:
    """Measures, and delivers."""

    def __init__(self, name: str) -> None:
        self.sio = AsyncClient(reconnection_delay=0.5)
        self._name = name
        self._waiting: deque[tuple[int, float]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._connected = asyncio.Event()
        self.sio.on("connect", self._arrived)
        self.sio.on("connect_error", self._failed)
        self.sio.on("disconnect", self._lost)

    async def run(self, url: str, interval: float, count: int) -> None:
        """Deliver `count` readings, 0: without an end. Raises: ConnectionError when refused."""
        # With retry a server that is not there yet is waited for.
        await self.sio.connect(url, auth={"name": self._name}, retry=True, wait_timeout=5)
        jobs = [
            asyncio.create_task(self._measure(interval, count)),
            asyncio.create_task(self._deliver(count)),
            asyncio.create_task(self.sio.wait()),  # ends when the server does not want us
        ]
        try:
            await asyncio.wait(jobs[1:], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for job in jobs:
                job.cancel()
            await self.sio.disconnect()

    async def _measure(self, interval: float, count: int) -> None:
        value, number = 20.0, 0
        while number < count or not count:
            number += 1
            value += random.uniform(-0.5, 0.5)
            self._waiting.append((number, value))
            self._news.set()
            await asyncio.sleep(interval)

    async def _deliver(self, count: int) -> None:
        number = 0
        while number < count or not count:
            while not self._waiting:
                self._news.clear()
                await self._news.wait()
            number, value = self._waiting[0]
            await self._connected.wait()
            try:
                await self.sio.call("reading", (number, value), timeout=10)
            except BadNamespaceError:
                self._connected.clear()  # before the handler does
                continue
            except TimeoutError:
                continue  # perhaps it arrived: the server knows it by its number
            if self._waiting and self._waiting[0][0] == number:
                self._waiting.popleft()

    def _arrived(self) -> None:
        print(f"connected, {len(self._waiting)} readings wait", flush=True)
        self._connected.set()

    def _failed(self, data: object = None) -> None:
        print("no connection yet", flush=True)

    def _lost(self, reason: str) -> None:
        self._connected.clear()
        print(f"disconnected: {reason}", flush=True)


def main() -> int:
    """Run until everything is delivered, or Ctrl-C. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="A sensor that loses no reading.")
    add = parser.add_argument
    add("--url", default="http://127.0.0.1:8000", help="the server (%(default)s)")
    add("--name", default="kitchen", help="the sensor's name (%(default)s)")
    add("--interval", type=float, default=1, help="seconds between readings (%(default)s)")
    add("--count", type=int, default=0, help="readings to deliver; 0: without an end")
    options = parser.parse_args()

    async def run() -> None:
        await Sensor(options.name).run(options.url, options.interval, options.count)

    try:
        asyncio.run(run())
    except (ConnectionError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
