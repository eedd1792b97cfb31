"""Commands that publish have the bytes that redis-py would send."""

import pytest
from redis.connection import Connection

from sio_core.cluster import Publication
from sio_redis.channels import channels_of

PUBLICATIONS = [
    Publication("socketio", b'{"method": "emit"}'),
    Publication("socketio#r#/#blue", b""),
    Publication("socketio#r#/#grün", bytes(range(256)) * 300),
]


@pytest.mark.parametrize("cluster", [False, True])
def test_publications_are_packed(cluster: bool) -> None:
    channels = channels_of("socketio", cluster=cluster)
    connection = Connection()
    expected = [
        part
        for each in PUBLICATIONS
        for part in connection.pack_command(
            channels.publish, channels.name_of(each.channel), each.payload
        )
    ]
    assert channels.pack(PUBLICATIONS) == b"".join(expected)
