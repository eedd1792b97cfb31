"""Connections that do not come about: refused namespaces, nobody there, errors over HTTP."""

import pytest

from sio_core.exceptions import ConnectionError
from tests.support.misbehaviour import Hang, Raw, Refuse, Step
from tests.support.wire import answer

from .conftest import MakeClient
from .loops import until
from .scripted import Scripted
from .site import Site

NOBODY = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ([], {"message": "Connection rejected by server"}),
        (["not today"], {"message": "not today"}),
        (["not today", {"retry": 7}], {"message": "not today", "data": {"retry": 7}}),
    ],
)
def test_the_server_refuses_and_says_why(
    make: MakeClient,
    site: Site,
    transports: list[str],
    refusal: list[object],
    said: dict[str, object],
) -> None:
    client = make()
    client.watch()
    with pytest.raises(ConnectionError, match=str(said["message"])) as caught:
        client.connect(site.url, auth={"refuse": refusal}, transports=transports)
    assert caught.value.data == {"/": said}
    assert client.got("connect_error") == [(said,)]
    assert client.got("connect") == client.got("disconnect") == []
    assert not client.sio.connected
    client.wait()
    client.connect(site.url, transports=transports)
    assert client.call("ask", 1) == 1


def test_one_namespace_of_several_is_refused(make: MakeClient, site: Site) -> None:
    client = make()
    client.watch("/", "/chat", "/guard")
    with pytest.raises(ConnectionError, match="One or more namespaces") as caught:
        client.connect(site.url, auth={"token": "wrong"})
    assert "/guard" in str(caught.value)
    assert client.sio.failed_namespaces == ["/guard"]
    assert "/chat" not in str(caught.value)
    assert list(caught.value.data) == ["/guard"]
    assert len(client.received("connect_error", 1, "/guard")) == 1
    assert client.got("connect_error") == client.got("connect_error", "/chat") == []
    assert client.sio.namespaces == {}
    client.connect(site.url, auth={"token": "right"})
    assert set(client.sio.namespaces) == {"/", "/chat", "/guard"}


def test_a_namespace_that_the_server_does_not_have(make: MakeClient, site: Site) -> None:
    client = make()
    client.watch("/elsewhere")
    with pytest.raises(ConnectionError, match="/elsewhere"):
        client.connect(site.url)
    assert len(client.got("connect_error", "/elsewhere")) == 1


def test_a_namespace_that_is_not_answered_has_its_connect_error(
    make: MakeClient, scripted: Scripted, transports: list[str]
) -> None:
    client = make()
    client.watch("/", "/chat")
    scripted.host.application.ignored.add("/chat")
    with pytest.raises(ConnectionError, match=r"/chat \(no answer in time\)") as caught:
        client.connect(scripted.url, transports=transports, wait_timeout=1.5)
    assert caught.value.data == {"/chat": None}
    assert client.got("connect_error", "/chat") == [("no answer in time",)]
    assert client.got("connect_error") == []
    assert client.got("disconnect") == [("client disconnect",)]
    assert not client.sio.connected


def test_a_namespace_that_is_lost_while_another_is_awaited(
    make: MakeClient, scripted: Scripted, transports: list[str]
) -> None:
    client = make()
    client.watch("/", "/chat")
    scripted.host.application.ignored.add("/chat")
    connecting = client.begin("connect", scripted.url, transports=transports, wait_timeout=60)
    client.received("connect")
    scripted.do(lambda host: host.send(host.session, "41"))
    client.received("disconnect")
    scripted.do(lambda host: host.send(host.session, '40/chat,{"sid":"x"}'))
    with pytest.raises(ConnectionError, match=r"/ \(the server disconnected it at once\)"):
        connecting.result(60)
    assert client.got("disconnect") == [("server disconnect",)]
    assert not client.sio.connected
    assert client.sio.namespaces == {}


def test_a_refusal_that_nobody_waits_for(make: MakeClient, site: Site) -> None:
    client = make()
    client.watch()
    client.connect(site.url, auth={"refuse": ["no"]}, wait=False)
    assert client.received("connect_error") == [({"message": "no"},)]
    client.wait()
    assert client.got("connect") == client.got("disconnect") == []
    assert client.got("__disconnect_final") == [()]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_nobody_listens(make: MakeClient, transport: str) -> None:
    client = make()
    client.watch("/", "/chat")
    with pytest.raises(ConnectionError) as caught:
        client.connect(NOBODY, transports=transport)
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)
    assert "The connection to 127.0.0.1:1 failed: " in str(caught.value)
    assert "127.0.0.1:1" in client.got("connect_error")[0][0]
    assert len(client.got("connect_error")) == len(client.got("connect_error", "/chat")) == 1
    client.wait()


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refuse(401, b'{"message":"log in"}'), {"message": "log in"}),
        (Refuse(404, b""), None),
        (Refuse(503, b"busy"), "busy"),
    ],
    ids=["401", "404", "503"],
)
def test_an_error_over_http(
    make: MakeClient, scripted: Scripted, transport: str, refusal: Refuse, said: object
) -> None:
    client = make()
    client.watch()
    scripted.misbehave(Step.HANDSHAKE, refusal)
    with pytest.raises(ConnectionError, match=str(refusal.status)) as caught:
        client.connect(scripted.url, transports=transport)
    assert f"127.0.0.1:{scripted.host.port}" in str(caught.value)
    assert caught.value.data == said
    (told,) = client.got("connect_error")
    assert told == (said,) or said is None
    client.connect(scripted.url, transports=transport)
    assert client.call("ask", 1) == 1


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_a_redirect_to_another_port_is_followed_only_if_asked(
    make: MakeClient, scripted: Scripted, site: Site, transport: str
) -> None:
    away = Raw(answer(307, b"", ("Location", f"{site.url}/socket.io/")))
    scripted.misbehave(Step.HANDSHAKE, away, away)
    site.connects.clear()
    client = make()
    with pytest.raises(ConnectionError, match="redirects_to_other_hosts") as caught:
        client.connect(scripted.url, transports=transport, auth={"token": "secret"})
    assert f"127.0.0.1:{site.port}" in str(caught.value)
    assert site.connects == []
    client = make(redirects_to_other_hosts=True)
    client.connect(scripted.url, transports=transport, auth={"token": "secret"})
    assert client.call("ask", 1) == 1
    assert [auth for _, auth in site.connects] == [{"token": "secret"}]


def test_a_function_that_raises_fails_the_attempt(make: MakeClient, site: Site) -> None:
    def token() -> object:
        raise LookupError("no token")

    client = make()
    with pytest.raises(ConnectionError, match="no token") as caught:
        client.connect(site.url, auth=token)
    assert isinstance(caught.value.__cause__, LookupError)
    assert not client.sio.connected
    client.connect(site.url)


def test_retry_goes_on_until_somebody_is_there(make: MakeClient, site: Site) -> None:
    client = make()
    client.watch()
    urls = [NOBODY, NOBODY, site.url]
    client.connect(lambda: urls.pop(0), retry=True)
    assert len(client.got("connect_error")) == 2
    assert client.call("ask", 1) == 1


def test_a_refusal_is_not_tried_again(make: MakeClient, site: Site) -> None:
    client = make()
    site.connects.clear()
    with pytest.raises(ConnectionError, match="never"):
        client.connect(site.url, auth={"refuse": ["never"]}, retry=True)
    assert len(site.connects) == 1


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_a_handshake_is_given_up(make: MakeClient, scripted: Scripted, transport: str) -> None:
    client = make(request_timeout=600)
    client.watch()
    scripted.misbehave(Step.HANDSHAKE, Hang())
    connecting = client.begin("connect", scripted.url, transports=transport)
    scripted.came_to(Step.HANDSHAKE)
    client.disconnect()
    with pytest.raises(ConnectionError):
        connecting.result(60)
    assert client.got("connect") == client.got("disconnect") == []
    until(lambda: not client.sio.connected)
