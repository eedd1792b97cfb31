"""Metrics of several processes that are scraped as one: prometheus_client's multiprocess mode."""

import os
import subprocess
import sys
from pathlib import Path

PROCESS = """
import asyncio
import sys

import httpx
from prometheus_client import CollectorRegistry

from sio_asgi import ASGIApp, AsyncServer
from sio_server.observing.prometheus import Metrics

sio = AsyncServer()
sio.observe(Metrics(sio, events=["said"], registry=CollectorRegistry()))

@sio.on("say")
async def say(sid, text):
    await sio.emit("said", text)

async def main():
    transport = httpx.ASGITransport(ASGIApp(sio))
    async with httpx.AsyncClient(transport=transport, base_url="http://sio") as client:
        path = "/socket.io/?EIO=4&transport=polling"
        opened = await client.get(path)
        path += "&sid=" + opened.text.split('"')[3]
        await client.post(path, content="40")
        await client.get(path)
        await client.post(path, content='42["say","hello"]')
        await client.get(path)
        print("counted", flush=True)
        sys.stdin.read()  # until it is told to end

asyncio.run(main())
"""
SCRAPE = """
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def scrape(environ: dict[str, str]) -> dict[str, float]:
    text = subprocess.run(
        [sys.executable, "-c", SCRAPE], env=environ, check=True, capture_output=True, text=True
    ).stdout
    lines = [line for line in text.splitlines() if not line.startswith("#") and line]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_processes_are_counted_together(tmp_path: Path) -> None:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "counted\n"
        found = scrape(environ)
        assert found["socket_io_connected"] == 2
        assert found['socket_io_connect_total{namespace="/"}'] == 2
        assert found['socket_io_events_received_total{event="say",namespace="/"}'] == 2
        assert found['socket_io_receive_bytes{event="say",namespace="/"}'] == 2 * 17
        assert found['socket_io_events_sent_total{event="said",namespace="/"}'] == 2
        assert found['socket_io_transmit_bytes{event="said",namespace="/"}'] == 2 * 18
    finally:
        for process in processes:
            process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    # What ended processes have counted stays.
    assert scrape(environ)['socket_io_receive_bytes{event="say",namespace="/"}'] == 34
