"""User sessions: one for each client and namespace, for as long as it is connected."""

from tests.server_behaviour.harness import dispatching


def remembering(sio):
    for namespace in ("/", "/other"):

        @sio.on("remember", namespace=namespace)
        def remember(sid, value, namespace=namespace):
            yield sio.save_session(sid, {"value": value}, namespace=namespace)

        @sio.on("change", namespace=namespace)
        def change(sid, key, value, namespace=namespace):
            session = yield sio.get_session(sid, namespace=namespace)
            session[key] = value

        @sio.on("recall", namespace=namespace)
        def recall(sid, namespace=namespace):
            return (yield sio.get_session(sid, namespace=namespace))


@dispatching(remembering)
def test_a_session_is_the_clients_own_and_live(client, server):
    other = server.websocket()
    other.join()
    assert client.ask("recall") == [{}]
    client.ask("remember", 1)
    client.ask("change", "more", [2])
    assert client.ask("recall") == [{"value": 1, "more": [2]}]
    assert other.ask("recall") == [{}]


@dispatching(remembering)
def test_each_namespace_has_its_own(client):
    client.join("/other")
    client.ask("remember", 1)
    assert client.ask("recall", namespace="/other") == [{}]
    client.ask("remember", 2, namespace="/other")
    assert client.ask("recall") == [{"value": 1}]


@dispatching(remembering)
def test_who_comes_again_begins_anew(client):
    client.ask("remember", 1)
    client.send("41")
    client.join()
    assert client.ask("recall") == [{}]
