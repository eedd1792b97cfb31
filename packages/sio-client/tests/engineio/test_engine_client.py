"""`engine_client.py`: the options of the clients of Engine.IO."""

from typing import Any

import pytest

from sio_client.engineio import AsyncClient, Client


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_name_that_is_no_option_is_warned_of_where_the_client_is_made(kind: Any) -> None:
    with pytest.warns(UserWarning, match="Client has no option") as told:
        kind(upgrade_timout=1, reconnection_delay=2, max_queue_bytes=3)
    name = kind.__name__
    assert [str(warning.message) for warning in told] == [
        f"{name} has no option 'reconnection_delay', and ignores it",
        f"{name} has no option 'upgrade_timout': did you mean 'upgrade_timeout'?",
    ]
    assert {warning.filename for warning in told} == {__file__}


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_documented_options_are_taken(kind: Any, recwarn: pytest.WarningsRecorder) -> None:
    client = kind(False, None, 7, protocol=3, ssl_verify=False)
    assert (client.request_timeout, client.ssl_verify) == (7, False)
    assert client.handle_sigint
    assert not recwarn.list
