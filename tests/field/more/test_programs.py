"""Wrappers and clients that fewer people have."""

import sio_client
from tests.field.running import run, serving, uvicorn
from tests.support.servers import PATIENCE

MORE = "field-more"


def test_wrappers_around_servers(tmp_path):
    with serving(tmp_path, uvicorn("wrappers_program:whole"), MORE) as served:
        with sio_client.SimpleClient() as sio:
            sio.connect(served.origin)
            assert sio.call("ping", {"message": "two"}) == {"reply": "two"}
            assert sio.receive(PATIENCE) == ["pong", {"reply": "to you"}]
            assert sio.call("ping", {"message": "wrong"}) == {"error": "wrong"}
        with sio_client.SimpleClient() as sio:
            sio.connect(served.origin, socketio_path="rpc/socket.io")
            call = {"call_id": "1", "function_name": "add", "args": [1, 2], "kwargs": {}}
            sio.emit("rpc_call", call)
            answer = {"call_id": "1", "result": 3, "error": None}
            assert sio.receive(PATIENCE) == ["rpc_call_response", answer]


def test_aioambient(tmp_path):
    with serving(tmp_path, uvicorn("servers:stations"), MORE) as served:
        said = run("ambient_program.py", served.origin, component=MORE)
    devices = {"devices": [{"apiKey": "one"}, {"apiKey": "two"}]}
    assert said == ["connected", devices, {"tempf": 68.5}, "nobody there"]
