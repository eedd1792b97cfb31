"""What managers refuse before they connect to anything."""

import pytest

from sio_redis import AsyncRedisManager, RedisManager

both = pytest.mark.parametrize("kind", [RedisManager, AsyncRedisManager])


@both
def test_an_option_that_redis_py_does_not_know(kind):
    with pytest.raises(ValueError, match=r"redis_options: .*'nonsense'"):
        kind(redis_options={"nonsense": 1})


@both
def test_an_option_that_managers_do_not_have(kind):
    with pytest.raises(TypeError, match="no option 'routin'; did you mean routing"):
        kind(routin=True)
    with pytest.raises(TypeError, match="no option 'writeonly'; did you mean write_only"):
        kind(writeonly=True)


@both
@pytest.mark.parametrize("url", ["amqp://host", "redis://host:port"])
def test_an_address_that_is_none(kind, url):
    with pytest.raises(ValueError, match="Redis"):
        kind(url)


@both
@pytest.mark.parametrize("url", [None, 7, ["redis://host"], b"redis://:hush@host"])
def test_an_address_that_is_no_text(kind, url):
    with pytest.raises(TypeError, match=r"^url must be a text such as redis://.*, not of the type"):
        kind(url)


@both
def test_a_number_that_cannot_be(kind):
    with pytest.raises(ValueError, match="max_publish_size"):
        kind(max_publish_size=0)


@both
@pytest.mark.parametrize("url", ["unix:///run/redis.sock", "redis+sentinel://host/0/main"])
def test_addresses_are_read_and_nothing_is_connected(kind, url):
    assert kind(url, "game").channel == "game"
