"""Programs of others without a page: wrappers for FastAPI, locust, a client of Uptime Kuma."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import sio_client
from sio_client.exceptions import DisconnectedError
from tests.field.running import APPS, run, serving, uvicorn, variables
from tests.support.components import require
from tests.support.servers import PATIENCE, ROOT, Served, get

LOCUST_USERS = 20
LOCUST_SECONDS = 60
"""A guard: the users end by themselves."""


def test_the_programs_have_sio_compat_in_the_place_of_python_socketio():
    file, installed = run("installed.py")
    assert Path(file) == ROOT / "packages/sio-compat/src/socketio/__init__.py"
    assert {"nicegui", "chainlit", "locust", "sio-compat"} <= set(installed)
    assert not {"python-socketio", "python-engineio"} & set(installed)


@pytest.fixture(scope="module")
def fastapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("fastapi"), uvicorn("fastapi_program:app")) as served:
        yield served


def test_fastapi_socketio(fastapi):
    with sio_client.SimpleClient() as sio:
        path = "ws/socket.io"
        sio.connect(f"{fastapi.origin}?from=test", auth={"name": "Ada"}, socketio_path=path)
        assert sio.receive(PATIENCE) == ["welcome", "from=test"]
        sio.client.on("question", lambda of: [of, 42])
        assert sio.call("join", "den") == ("joined", "den")
        assert sio.receive(PATIENCE) == ["lobby", "Ada"]
        assert get(fastapi, "/news/rain")[2] == b'{"told":"rain"}'
        assert sio.receive(PATIENCE) == ["news", "rain"]
        assert sio.call("ask me") == [{"of": "life"}, 42]
        sio.emit("go away")
        with pytest.raises(DisconnectedError):
            sio.receive(PATIENCE)


def test_pydantic_socketio(fastapi):
    with sio_client.SimpleClient() as sio:
        sio.connect(fastapi.origin)
        assert sio.call("order", {"what": "tea", "count": 3}) == {"what": "TEA", "count": 6}
        assert sio.receive(PATIENCE) == ["ordered", {"what": "tea", "count": 3}]
        assert sio.call("measure", 3) == 6
        assert get(fastapi, "/orders/milk")[0] == 200
        assert sio.receive(PATIENCE) == ["ordered", {"what": "milk", "count": 1}]


def test_clients_of_pydantic_socketio(fastapi):
    blocking, asynchronous = run("pydantic_client.py", fastapi.origin)
    order = {"what": "tea", "count": 3}
    assert blocking == ["Order", {"what": "TEA", "count": 6}, order, "refused"]
    assert asynchronous == [20, "Order", {"what": "tea", "count": 1}]


def test_users_of_locust(tmp_path):
    with serving(tmp_path, uvicorn("servers:echoing")) as served:
        users = str(LOCUST_USERS)
        command = ("-m", "locust", "-f", APPS / "locust_program.py", "--headless", "--json")
        how = ("-u", users, "-r", users, "-t", f"{LOCUST_SECONDS}s", "--stop-timeout", "10")
        done = subprocess.run(
            [require("field"), *map(str, command), *how, "-H", served.origin],
            cwd=tmp_path,
            env=variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        rows = json.loads(done.stdout)
        assert {row["num_failures"] for row in rows} == {0}
        counted = {(row["method"], row["name"]): row["num_requests"] for row in rows}
        assert counted["WS", "connect"] == LOCUST_USERS
        assert counted["WSC", "echo"] > LOCUST_USERS
        with sio_client.SimpleClient() as sio:
            sio.connect(served.origin)
            found = sio.call("count")
        assert found == {"connected": LOCUST_USERS + 1, "said": found["said"], "now": 1}
        # What was emitted has arrived, the last of it before the goodbyes.
        assert found["said"] >= counted["WSE", "say"] > LOCUST_USERS
        assert counted["WSR", "said"] > LOCUST_USERS


def test_a_client_of_uptime_kuma(tmp_path):
    with serving(tmp_path, uvicorn("servers:watching")) as served:
        refused, token, before, added, monitors, version = run(
            "uptime_kuma_program.py", served.origin
        )
    assert (refused, token) == ("Incorrect username or password.", "a.b.c")
    assert (before, version) == ([], "1.23.2")
    assert added == {"msg": "Added Successfully.", "monitorID": 1}
    assert monitors == [{"id": 1, "name": "a host"}]
