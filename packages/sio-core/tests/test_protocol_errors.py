"""`protocol_errors.py`: theirs and ours can be told apart."""

from sio_core.protocol_errors import DecodeError, LocalProtocolError, SioError


def test_misuse_is_a_value_error_too() -> None:
    assert issubclass(LocalProtocolError, SioError)
    assert issubclass(LocalProtocolError, ValueError)


def test_what_a_peer_sent_is_not_misuse() -> None:
    assert issubclass(DecodeError, SioError)
    assert not issubclass(DecodeError, (LocalProtocolError, ValueError))
