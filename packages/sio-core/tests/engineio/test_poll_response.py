"""`poll_response.py`: an answer that is made when it is first looked at."""

from sio_core import Response
from sio_core.engineio import REVISIONS, Config, PollResponse
from sio_core.prepared import Prepared


class Watched(Prepared):
    """A message that counts how often its body is made."""

    __slots__ = ("made",)

    def __init__(self, text: str) -> None:
        super().__init__((text,))
        self.made = 0

    def payload(self) -> bytes:
        self.made += 1
        return super().payload()


def answer(message: Prepared, config: Config | None = None) -> PollResponse:
    return PollResponse(
        [message],
        REVISIONS["4"],
        Config() if config is None else config,
        encodings="gzip",
        script=None,
        headers=(("x-more", "1"),),
    )


def test_it_is_made_once_and_not_before_it_is_looked_at() -> None:
    message = Watched("4a")
    response = answer(message)
    assert (response.status, message.made) == (200, 0)
    assert response.headers == (
        ("content-type", "text/plain; charset=UTF-8"),
        ("cache-control", "no-store"),
        ("x-more", "1"),
    )
    assert (response.body, message.made) == (b"4a", 1)
    made = answer(Watched("4a"))
    made.make()
    assert made.body == b"4a"


def test_it_equals_a_response_of_the_same_content() -> None:
    response = answer(Watched("4a"))
    same = Response(200, response.headers, b"4a")
    assert response == same
    assert same == response
    assert hash(response) == hash(same)
    assert response != Response(200, (), b"4a")
    assert response != "4a"


def test_what_takes_long_is_known_beforehand() -> None:
    small, large = Prepared(("4" + "x" * 1000,)), Prepared(("4" + "x" * 100_000,))
    assert not answer(small).heavy
    assert answer(large).heavy
    assert not answer(large, Config(compression=False)).heavy
