"""What addresses say, and which are refused."""

import pytest

from sio_redis.addresses import parse_sentinel_url, read_address

SECRET = "hush"


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("valkey://:hush@host/1", "redis://:hush@host/1"),
        ("rediss://host", "rediss://host"),
        ("valkeys://host", "rediss://host"),
        ("unix:///run/redis.sock?db=2", "unix:///run/redis.sock?db=2"),
    ],
)
def test_one_server(url, known):
    address = read_address(url)
    assert (address.kind, address.url) == ("single", known)


def test_sentinels():
    address = read_address("redis+sentinel://ann:hu%20sh@a:1,b/2/main")
    assert address.kind == "sentinel"
    assert address.hosts == (("a", 1), ("b", 26379))
    assert address.service == "main"
    assert address.options == {"username": "ann", "password": "hu sh", "db": 2}


def test_sentinels_without_a_number_of_a_database():
    address = read_address("valkeys+sentinel://a/main")
    assert (address.service, address.options) == ("main", {"ssl": True, "db": 0})


def test_a_cluster_of_hosts_with_numbers():
    address = read_address("redis+cluster://[::1]:7000,127.0.0.1/0?ssl_ca_certs=x")
    assert address.kind == "cluster"
    assert address.hosts == (("::1", 7000), ("127.0.0.1", 6379))
    assert address.options == {"ssl_ca_certs": "x"}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://host", "'http' is no address of a Redis"),
        ("redis://host/main", "ends with the number of a database"),
        ("rediss://host/0/1", "ends with the number of a database"),
        ("redis+other://host", "is no address of a Redis"),
        ("redis+sentinel:///0/main", "names no host"),
        ("redis+sentinel://host", "ends with the name of their service"),
        ("redis+sentinel://host/x/main", "ends with a number and a name"),
        ("redis+sentinel://host/0/1/main", "ends with a number and a name"),
        ("redis+cluster://host/3", "has no databases"),
        ("redis+cluster://host:99999", "is no port"),
        ("redis+cluster://host:x", "is no port"),
    ],
)
def test_what_is_no_address(url, said):
    with pytest.raises(ValueError, match=said):
        read_address(url)


def test_no_password_is_shown():
    address = read_address(f"redis+sentinel://:{SECRET}@host/0/main")
    assert SECRET not in repr(address)
    assert SECRET not in repr(read_address(f"redis://:{SECRET}@host"))
    with pytest.raises(ValueError, match="no port") as raised:
        read_address(f"redis+cluster://:{SECRET}@host:x")
    assert SECRET not in str(raised.value)


def test_an_address_of_sentinels_in_parts() -> None:
    url = "redis+sentinel://u:p%40@one:1,two:2/3/service?x=y"
    hosts, service, options = parse_sentinel_url(url)
    assert (hosts, service) == ([("one", 1), ("two", 2)], "service")
    assert options == {"username": "u", "password": "p@", "db": 3, "x": "y"}
    with pytest.raises(ValueError, match="no address of sentinels"):
        parse_sentinel_url("redis://localhost")
