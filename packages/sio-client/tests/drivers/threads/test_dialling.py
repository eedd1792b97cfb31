"""Finding an address that answers."""

import select
import socket
from collections.abc import Iterator

import pytest

from sio_client.drivers.address_order import STAGGER, Address, Addresses, alternate, literal
from sio_client.drivers.threads.dialling import AddressRace


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def there(listener: socket.socket) -> Address:
    return Address(socket.AF_INET, listener.getsockname())


NOBODY = Address(socket.AF_INET, ("127.0.0.1", 1))
"""A port that nothing listens on."""


def test_literals() -> None:
    assert literal("127.0.0.1", 80) == Address(socket.AF_INET, ("127.0.0.1", 80))
    assert literal("::1", 80) == Address(socket.AF_INET6, ("::1", 80))
    assert literal("localhost", 80) is None


def test_families_take_turns() -> None:
    six = [Address(socket.AF_INET6, (f"::{number}", 80)) for number in range(3)]
    four = [Address(socket.AF_INET, (f"127.0.0.{number}", 80)) for number in range(2)]
    assert alternate([*six, *four, six[0]]) == [six[0], four[0], six[1], four[1], six[2]]


def test_the_next_one_is_tried_beside_it_after_a_moment(listener: socket.socket) -> None:
    dialler = AddressRace([there(listener)] * 2)
    dialler.try_next(10.0)
    assert dialler.next_at == 10.0 + STAGGER
    dialler.try_next(10.0 + STAGGER)
    assert dialler.next_at is None
    first, second = dialler.waiting
    select.select([], [first], [], 10)
    assert dialler.answered(first, 11.0)
    assert dialler.close() == [second]
    first.close()
    second.close()


def test_one_that_fails_is_followed_at_once(listener: socket.socket) -> None:
    dialler = AddressRace([NOBODY, there(listener)])
    dialler.try_next(0.0)
    (first,) = dialler.waiting
    select.select([], [first], [], 10)
    assert not dialler.answered(first, 0.1)
    (second,) = dialler.waiting
    select.select([], [second], [], 10)
    assert dialler.answered(second, 0.2)
    second.close()


def test_when_all_fail(listener: socket.socket) -> None:
    unusable = Address(socket.AF_INET, ("127.0.0.1", -1 % 65536))
    dialler = AddressRace([Address(-1, ("nowhere", 1)), unusable, NOBODY])
    dialler.try_next(0.0)
    while dialler.waiting:
        (sock,) = dialler.waiting
        select.select([], [sock], [], 10)
        assert not dialler.answered(sock, 0.1)
    assert dialler.failed
    assert isinstance(dialler.error, ConnectionRefusedError)


def test_the_address_that_answered_is_tried_first(listener: socket.socket) -> None:
    known = Addresses()
    assert known.get("127.0.0.1", 80) == [Address(socket.AF_INET, ("127.0.0.1", 80))]
    assert known.get("server.example", 80) is None
    assert known.keep("server.example", 80, [NOBODY, there(listener)]) == [NOBODY, there(listener)]
    with socket.create_connection(listener.getsockname()) as sock:
        known.answered("server.example", 80, sock)
        known.answered("127.0.0.1", 80, sock)
    assert known.get("server.example", 80) == [there(listener), NOBODY]
    known.answered("server.example", 80, sock)  # which is closed by now
    assert known.get("server.example", 80) == [there(listener), NOBODY]
    assert known.get("server.example", 81) is None
