"""The examples of the documentation for aiohttp, run as they are through `import socketio`."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

import socketio

DOCUMENTED = Path(__file__).parent / "documented" / "aiohttp"
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run an example as a program, in a folder with its files; return what it gives `run_app`."""
    (tmp_path / "index.html").write_text("<p>index")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "app.js").write_text("a script")
    monkeypatch.chdir(tmp_path)
    given = []
    monkeypatch.setattr(web, "run_app", given.append)

    def begin(example):
        path = DOCUMENTED / f"{example}.py"
        code = compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)
        exec(code, {"__name__": "__main__", "socketio": socketio, "web": web})
        (app,) = given
        return TestClient(TestServer(app))

    return begin


async def join(websocket, namespace=""):
    assert (await websocket.receive_str())[0] == "0"
    await websocket.send_str(f"40{namespace}")
    assert (await websocket.receive_str()).startswith(f"40{namespace}")


async def test_a_whole_program(run, capsys):
    async with run("whole_server") as client:
        answer = await client.get("/")
        assert (await answer.text(), answer.content_type) == ("<p>index", "text/html")
        assert await (await client.get("/static/app.js")).text() == "a script"
        async with client.ws_connect(WEBSOCKET) as websocket:
            await join(websocket)
            await websocket.send_str('421["chat_message",{"text":"hello"}]')
            assert await websocket.receive_str() == "431[]"
    printed = capsys.readouterr().out
    sid = printed.split()[1]
    assert printed == f"connect  {sid}\nmessage  {{'text': 'hello'}}\ndisconnect  {sid}\n"


async def test_a_program_with_a_namespace(run, capsys):
    async with run("namespace_server") as client, client.ws_connect(WEBSOCKET) as websocket:
        await join(websocket, "/chat,")
        await websocket.send_str('42/chat,1["chat message","hello"]')
        assert await websocket.receive_str() == "43/chat,1[]"
    assert "message  hello" in capsys.readouterr().out


async def test_an_instance(run):
    async with run("instance") as client, client.ws_connect(WEBSOCKET) as websocket:
        await join(websocket)
