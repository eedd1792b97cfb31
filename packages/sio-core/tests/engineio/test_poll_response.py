"""`poll_response.py`: an answer that is made when it is first looked at."""

from sio_core import Request, Response
from sio_core.engineio import REVISIONS, Config, PollResponse
from sio_core.engineio.poll_response import answer_poll
from sio_core.prepared import Deferred, Prepared


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


def poll_answer(
    *messages: Prepared, config: Config | None = None, script: str | None = None
) -> Response:
    request = Request("GET", headers=(("accept-encoding", "gzip"),))
    config = Config() if config is None else config
    return answer_poll(messages, REVISIONS["4"], config, request, script, (("x-more", "1"),))


def test_a_small_answer_is_made_at_once_and_is_the_same() -> None:
    message = Watched("4a")
    response = poll_answer(message, Prepared(("4b",)))
    assert (type(response), message.made) == (Response, 1)
    assert response == answer(Prepared(("4a", "4b")))


def test_an_answer_is_put_off_that_is_large_or_a_script() -> None:
    large = Prepared(("4" + "x" * 1000,))
    assert isinstance(poll_answer(large), PollResponse)
    assert isinstance(poll_answer(*[Prepared(("4" + "x" * 99,))] * 11), PollResponse)
    assert isinstance(poll_answer(Prepared(("4a",)), script="0"), PollResponse)


def test_an_answer_is_put_off_that_asks_the_application() -> None:
    asked: list[str] = []

    def encode() -> tuple[str]:
        asked.append("encode")
        return ("4a",)

    response = poll_answer(Deferred(encode, 2))
    assert asked == []
    assert response.body == b"4a"


def test_a_small_answer_is_compressed_if_the_config_says_so() -> None:
    message = Prepared(("4" + "x" * 900,))
    assert type(poll_answer(message)) is Response
    response = poll_answer(message, config=Config(compression_threshold=100))
    assert ("content-encoding", "gzip") in response.headers
    never = Config(compression=False, compression_threshold=0)
    assert type(poll_answer(message, config=never)) is Response
