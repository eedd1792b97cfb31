"""`option_names.py`: the text for an option that does not exist."""

from sio_core.option_names import unknown_option

KNOWN = ("cors_allowed_origins", "cors_credentials", "ping_interval")


def test_the_nearest_name_is_told() -> None:
    assert unknown_option("AsyncServer", "cors_allowed_orgins", KNOWN) == (
        "AsyncServer has no option 'cors_allowed_orgins': did you mean 'cors_allowed_origins'?"
    )


def test_a_name_that_resembles_nothing_has_no_hint() -> None:
    assert unknown_option("Client", "colour", KNOWN) == (
        "Client has no option 'colour', and ignores it"
    )
