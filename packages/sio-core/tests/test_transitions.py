"""`transitions.py` and the tables that it reads: every state can be reached, and left for good."""

import enum
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from sio_core.engineio.client.state import (
    CLIENT,
    UPGRADE,
    ClientInput,
    ClientState,
    Upgrade,
    UpgradeInput,
)
from sio_core.engineio.state import (
    HEARTBEAT,
    LINK,
    OLDER_HEARTBEAT,
    SESSION,
    Heartbeat,
    HeartbeatInput,
    LinkInput,
    LinkState,
    SessionInput,
    SessionState,
)
from sio_core.socketio.client import state as socketio
from sio_core.transitions import advance

Table = Mapping[Any, Mapping[Any, Any]]

OLDER_INPUTS = {HeartbeatInput.PING, HeartbeatInput.UNREAD, HeartbeatInput.DEADLINE}

TABLES: list[tuple[Table, Iterable[enum.Enum], Iterable[enum.Enum], enum.Enum]] = [
    (SESSION, SessionState, SessionInput, SessionState.CLOSED),
    (LINK, LinkState, LinkInput, LinkState.CLOSED),
    (HEARTBEAT, Heartbeat, set(HeartbeatInput) - {HeartbeatInput.PING}, Heartbeat.DEAD),
    (OLDER_HEARTBEAT, (Heartbeat.QUIET, Heartbeat.DEAD), OLDER_INPUTS, Heartbeat.DEAD),
    (CLIENT, ClientState, ClientInput, ClientState.CLOSED),
    (UPGRADE, Upgrade, UpgradeInput, Upgrade.DONE),
    (
        socketio.CLIENT_SOCKET,
        socketio.ClientSocketState,
        socketio.ClientSocketInput,
        socketio.ClientSocketState.GONE,
    ),
]


def reachable(table: Table, state: enum.Enum) -> set[enum.Enum]:
    found, todo = {state}, [state]
    while todo:
        for following in table[todo.pop()].values():
            if following not in found:
                found.add(following)
                todo.append(following)
    return found


def test_advance_looks_the_table_up() -> None:
    assert advance(SESSION, SessionState.OPEN, SessionInput.CLOSE) is SessionState.CLOSING


def test_a_pair_that_the_table_does_not_know_is_a_mistake_of_the_core() -> None:
    with pytest.raises(AssertionError, match=r"LAST_OUTPUT_TAKEN in SessionState\.OPEN"):
        advance(SESSION, SessionState.OPEN, SessionInput.LAST_OUTPUT_TAKEN)


@pytest.mark.parametrize(("table", "states", "inputs", "end"), TABLES)
def test_tables_are_whole(
    table: Table, states: Iterable[enum.Enum], inputs: Iterable[enum.Enum], end: enum.Enum
) -> None:
    assert list(table) == list(states)
    assert reachable(table, next(iter(states))) == set(states)
    used = {what for row in table.values() for what in row}
    assert used == set(inputs)
    assert [state for state in states if not table[state]] == [end]
    for state in states:
        assert end in reachable(table, state)


def test_a_lost_websocket_ends_its_link_in_every_state() -> None:
    for state, row in LINK.items():
        if state is not LinkState.CLOSED:
            assert row[LinkInput.LOST] is LinkState.CLOSED


def test_a_connection_of_a_client_can_end_in_every_state() -> None:
    for state, row in CLIENT.items():
        if state is not ClientState.CLOSED:
            assert row[ClientInput.END] is ClientState.CLOSED


def test_a_client_can_always_be_idle_again() -> None:
    table, states = socketio.CLIENT, socketio.ClientState
    assert list(table) == list(states)
    assert {what for row in table.values() for what in row} == set(socketio.ClientInput)
    for state in states:
        assert reachable(table, state) == set(states)
        if state is not states.IDLE:
            assert table[state][socketio.ClientInput.END] is states.IDLE
