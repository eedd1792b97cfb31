"""Rooms: who is in them, who gets what is sent to them, and what leaving does."""

from tests.server_behaviour.harness import dispatching


def rooms(sio):
    @sio.on("enter")
    def enter(sid, room):
        yield sio.enter_room(sid, room)
        return sorted(sio.rooms(sid), key=lambda name: name != sid)

    @sio.on("leave")
    def leave(sid, room):
        yield sio.leave_room(sid, room)
        return sorted(sio.rooms(sid), key=lambda name: name != sid)

    @sio.on("say")
    def say(sid, room, text):
        yield sio.emit("said", text, to=room)

    @sio.on("tell others")
    def tell_others(sid, room, text):
        yield sio.emit("said", text, room=room, skip_sid=sid)

    @sio.on("close")
    def close(sid, room):
        yield sio.close_room(room)


@dispatching(rooms)
def test_those_in_a_room_get_what_is_sent_to_it(client, server):
    others = [server.polling(), server.websocket(), server.websocket()]
    for other in others:
        other.join()
    for member in (client, *others[:2]):
        assert member.ask("enter", "tea") == [[member.sid, "tea"]]
    others[2].ask("say", "tea", 1)
    for member in (client, *others[:2]):
        assert member.event() == ["said", 1]
    client.ask("tell others", "tea", 2)
    for member in others[:2]:
        assert member.event() == ["said", 2]
    assert server.rest(client) == []
    assert server.rest(others[2]) == []


@dispatching(rooms)
def test_who_left_a_room_or_was_put_out_gets_nothing_more(client, server):
    other = server.websocket()
    other.join()
    for member in (client, other):
        member.ask("enter", "tea")
        member.ask("enter", "cake")
    assert client.ask("leave", "tea") == [[client.sid, "cake"]]
    other.emit("say", "tea", 1)
    assert other.event() == ["said", 1]
    assert server.rest(client) == []
    other.ask("close", "cake")
    other.ask("say", "cake", 2)
    assert server.rest(other) == []
    assert server.rest(client) == []


@dispatching(rooms)
def test_several_rooms_and_everybody_get_an_event_once(client, server):
    other = server.websocket()
    other.join()
    for room in ("tea", "cake"):
        client.ask("enter", room)
    other.ask("say", ["tea", "cake", client.sid], 1)
    other.emit("say", None, 2)
    assert other.event() == ["said", 2]
    assert server.rest(client) == [["said", 1], ["said", 2]]
    assert server.rest(other) == []


def trusting(sio):
    @sio.on("enter")
    def enter(sid, room):
        try:
            yield sio.enter_room(sid, room)
        except ValueError:
            return "refused"
        return "in"

    @sio.on("close")
    def close(sid, room):
        try:
            yield sio.close_room(room)
        except ValueError:
            return "refused"
        return "closed"

    @sio.command
    def tell(sid, text):
        yield sio.emit("told", text, to=sid)


@dispatching(trusting)
def test_the_room_of_another_client_is_not_to_be_entered(client, server):
    other = server.websocket()
    other.join()
    assert client.ask("enter", other.sid) == ["refused"]
    assert client.ask("close", other.sid) == ["refused"]
    assert client.ask("enter", "tea") == ["in"]
    assert client.ask("close", "tea") == ["closed"]
    server.do("tell", other.sid, 1)
    assert other.event() == ["told", 1]
    assert server.rest(client) == []
