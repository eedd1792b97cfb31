"""`addresses.py`: what clients are counted by, and how many there are."""

import pytest

from sio_core.engineio.addresses import Addresses, address_key


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::5", "2001:0db8:0000:0001"),
        ("2001:db8:0:1:ffff::", "2001:0db8:0000:0001"),
        ("2001:db8:0:2::5", "2001:0db8:0000:0002"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("192.0.2.1:5000", "192.0.2.1:5000"),
        ("/run/app.sock", "/run/app.sock"),
        ("", ""),
    ],
)
def test_what_an_address_is_counted_by(address: str, key: str) -> None:
    assert address_key(address) == key


def test_sessions_are_counted_until_they_end() -> None:
    addresses = Addresses()
    for key in ("a", "a", "b", ""):
        addresses.add(key)
    assert [addresses.count(key) for key in ("a", "b", "c", "")] == [2, 1, 0, 0]
    for key in ("a", "b", ""):
        addresses.remove(key)
    assert [addresses.count(key) for key in ("a", "b", "")] == [1, 0, 0]
