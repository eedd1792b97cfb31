"""`codecs/fast_json.py`: the same text, value or refusal as `StdlibJSON`, for everything."""

import dataclasses
import enum
import json
import sys
import uuid
from collections import Counter, OrderedDict, namedtuple
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import thread_time
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sio_core.codecs.choose_json import _default_codec, default_json, json_of
from sio_core.codecs.fast_json import FastJSON
from sio_core.codecs.json import JSON, ModuleJSON, StdlibJSON, count_brackets
from sio_core.codecs.json_limits import count_character
from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.socketio.parsers.json_parser import JSONParser
from sio_core.socketio.parsers.packets import Packet

FAST, EXACT = FastJSON(), StdlibJSON()


class Plain(enum.Enum):
    A = 1


class Number(enum.IntEnum):
    A = 1


class Word(enum.StrEnum):
    A = "a"


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


class Real(float):
    pass


class Struct(msgspec.Struct):
    a: int = 1


@dataclasses.dataclass
class Data:
    a: int = 1


Pair = namedtuple("Pair", "a b")

SPECIAL: list[Any] = [
    *(2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**100),
    *(0.0, -0.0, 1e-4, 9.999e-5, 1e-5, 1e-7, 5e-324, 0.1, 1e15, 1e16, 1e17, 1e22, 1.5e300),
    *(999999999999999.9, 1e15 - 0.125, -1e15, -1e-4, -1e-5, 123456789.123456789),
    *(float("nan"), float("inf"), -float("inf")),
    *("", "é", "\u2028\u2029", "\ud800", "\udfff\ud800", "😀", "\x7f\x80", '\x00\x1f"\\/'),
    *(b"x", bytearray(b"x"), memoryview(b"x"), {1}, frozenset({1}), 1j, object(), Ellipsis),
    *(Plain.A, Number.A, Word.A, Text("a"), Whole(7), Real(1e16), Real("nan"), Plain, str),
    *(Struct(), Data(), Data, msgspec.UNSET, msgspec.Raw(b"1"), Decimal("1.5"), uuid.UUID(int=1)),
    *(datetime(2024, 1, 1, tzinfo=UTC), date(2024, 1, 1), time(1), timedelta(1)),
    *(OrderedDict(b=1, a=2), Counter("a"), Pair(1, "b"), range(3), iter([1]), {1: 2}.values()),
    *({1: 2}, {1.5: 2}, {1e16: 2}, {float("nan"): 2}, {True: 2}, {None: 2}, {2**64: 1}),
    *({"1": 1, 1: 2}, {Text("k"): 1}, {Word.A: 1}, {Number.A: 1}, {b"k": 1}, {(1,): 1}),
    *({Plain.A: 1}, {date(2024, 1, 1): 1}, {uuid.UUID(int=1): 1}, {"\ud800": 1}),
]

keys = st.text() | st.integers() | st.floats() | st.booleans() | st.none() | st.just(Text("k"))
plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
    | st.text(st.characters(exclude_categories=()))
)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=40)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=30)
        | st.dictionaries(keys, inner, max_size=4)
    )


ordinary = st.recursive(plain, containers, max_leaves=60)
values = st.recursive(plain | st.sampled_from(SPECIAL), containers, max_leaves=30)

TOKENS = [
    *('[]{},:"-+.eE 01239', *"\t\n\r\x0b\xa0\x00\x1f\x7f\ufeff\ud800é😀/\\"),
    *('"a"', '"a":', '{"a":', "\\u", "\\ud83d", "\\ude00", '"\\ud800"', '"\\udc00\\ud800"'),
    *("\\n", "\\x", "true", "false", "null", "NaN", "Infinity", "-Infinity", "nul", "True"),
    *("18446744073709551616", "9" * 101, "1e400", "-0", "-0.0", "1e-400", "0.1", "1E5", "[[[["),
]
tokens = [token for item in TOKENS for token in ([*item] if item.startswith("[]{}") else [item])]
texts = st.lists(st.sampled_from(tokens), max_size=12).map("".join)
numbers = st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?", fullmatch=True)
documents = st.builds(
    json.dumps,
    ordinary,
    indent=st.none() | st.integers(0, 2),
    ensure_ascii=st.booleans(),
)
limits = st.just(Limits()) | st.builds(
    Limits,
    json_depth=st.integers(0, 5),
    json_int_digits=st.integers(0, 25),
    containers=st.integers(0, 9),
)


def outcome(call: Callable[[], Any]) -> tuple[str, str]:
    try:
        # Unlike ==, repr tells 1 from 1.0 and True, 0.0 from -0.0, and orders of keys apart.
        return "done", repr(call())
    except (LocalProtocolError, DecodeError) as error:
        return type(error).__name__, str(error)


def written(codec: JSON, value: Any) -> tuple[str, str]:
    return outcome(lambda: codec.dumps(value))


def read(codec: JSON, text: str, limits: Limits) -> tuple[str, str]:
    return outcome(lambda: codec.loads(text, limits))


@given(values)
def test_every_value_becomes_the_same_text_or_refusal(value: Any) -> None:
    assert written(FAST, value) == written(EXACT, value)


@pytest.mark.parametrize("value", SPECIAL, ids=lambda value: f"{type(value).__name__}")
@pytest.mark.parametrize("count", [1, 40])
def test_special_values_anywhere(value: Any, count: int) -> None:
    for data in (value, [value] * count, {"a": [value] * count}, [[0] * count, {"k": value}]):
        assert written(FAST, data) == written(EXACT, data)
    wide = {f"{number}": value for number in range(count)}
    assert written(FAST, [wide]) == written(EXACT, [wide])
    if isinstance(value, dict):
        wide = {**dict.fromkeys(map(str, range(count))), **value}
        assert written(FAST, [wide]) == written(EXACT, [wide])


@given(st.lists(st.floats() | st.floats(1e-5, 1e-3) | st.floats(1e14, 1e17), min_size=1))
def test_every_number_is_written_alike(floats: list[float]) -> None:
    for data in ([floats], [*floats]):
        assert written(FAST, data) == written(EXACT, data)


@given(texts | numbers | st.text(), limits)
@example(" [1] ", Limits())
@example("\ufeff[1]", Limits())
@example('{"a":1,"b":2,"a":3}', Limits())
@example("[1]x", Limits())
@example("1" * 310 + ".5", Limits(json_int_digits=1000))
def test_every_text_has_the_same_value_or_refusal(text: str, limits: Limits) -> None:
    assert read(FAST, text, limits) == read(EXACT, text, limits)


@given(documents, limits, st.data())
def test_documents_whole_and_damaged(text: str, limits: Limits, data: st.DataObject) -> None:
    assert read(FAST, text, limits) == read(EXACT, text, limits)
    at = data.draw(st.integers(0, len(text)))
    damaged = text[:at] + data.draw(st.sampled_from(["", *tokens])) + text[at + 1 :]
    assert read(FAST, damaged, limits) == read(EXACT, damaged, limits)


LARGE = ",".join(["1e300", "1.5E+308", "9007199254740993e-340", "-2.5e-310", "1.5"] * 100)


@pytest.mark.parametrize("text", [f"[{LARGE}]", f"[{LARGE},1e400]", "[" + "1.5," * 400 + "1.5]"])
def test_numbers_of_long_texts_are_the_same(text: str) -> None:
    assert read(FAST, text, Limits()) == read(EXACT, text, Limits())


@pytest.mark.parametrize(
    "number", ["1e300", "1E+300", "1.5e+300", "9007199254740993e-340", "9007199254740993E291"]
)
@pytest.mark.parametrize("count", [30, 3000])
def test_no_number_takes_much_longer_than_in_the_standard_library(number: str, count: int) -> None:
    # Msgspec alone takes 40 times as long.
    text = "[" + ",".join([number] * count) + "]"

    def least(codec: JSON) -> float:
        def once() -> float:
            begin = thread_time()
            for _ in range(6000 // count):
                codec.loads(text, Limits())
            return thread_time() - begin

        return min(once() for _ in range(7))

    assert least(FAST) < 8 * least(EXACT)


@pytest.mark.parametrize("text", ['["' + "9" * 200, " [1]" + " " * 200, "NaN" + " " * 200])
def test_what_msgspec_refuses_is_checked_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    def check(text: str, limits: Limits) -> int:
        checked.append(text)
        return count_brackets(text, limits)

    monkeypatch.setattr("sio_core.codecs.fast_json.count_brackets", check)
    monkeypatch.setattr("sio_core.codecs.json.count_brackets", check)
    outcome(lambda: FAST.loads(text, Limits()))
    assert checked == [text]


def test_integers_of_more_digits_than_python_writes_are_refused_alike() -> None:
    for value in (10**5000, [10**5000] * 40, {10**5000: 1}):
        assert written(FAST, value) == written(EXACT, value)
    for text in ("9" * 4300, "9" * 4301, "-" + "9" * 4301):
        bound = Limits(json_int_digits=10**6)
        assert read(FAST, text, bound) == read(EXACT, text, bound)


def nested(levels: int, empty: Any, wrap: Callable[[Any], Any]) -> Any:
    value = empty
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize("levels", [0, 1, 62, 63, 64, 65, 66, 200])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: [inner],
        lambda inner: (inner, 1),
        lambda inner: {"a": inner},
        lambda inner: [inner, *[0.5] * 20],
    ],
    ids=["list", "tuple", "dict", "wide"],
)
@pytest.mark.parametrize("innermost", [1, 0.5, b"x"])
def test_any_depth_is_written_alike(levels: int, wrap: Any, innermost: Any) -> None:
    value = nested(levels, innermost, wrap)
    assert written(FAST, value) == written(EXACT, value)


@pytest.mark.parametrize("depth", [0, 1, 5, 64])
def test_depth_is_bounded_alike(depth: int) -> None:
    bound = Limits(json_depth=depth)
    for levels in (depth - 1, depth, depth + 1):
        for wrap in (lambda inner: [inner] * 2, lambda inner: {"a": inner, "b": ["[{"]}):
            # What is shared doubles with each level, so few levels of it do.
            value = nested(max(levels - 6, 0), nested(min(levels, 6), [0], wrap), lambda x: [x])
            text = EXACT.dumps(value)
            assert read(FAST, text, bound) == read(EXACT, text, bound)


@pytest.mark.parametrize("copies", [1, 2, 17, 400])
def test_a_structure_that_holds_itself_is_refused_alike(copies: int) -> None:
    cycle: list[Any] = []
    cycle.extend([cycle] * copies)
    assert written(FAST, ["a", cycle]) == written(EXACT, ["a", cycle])


def test_nesting_beyond_the_recursion_limit_is_refused_alike() -> None:
    for text in ("[" * 100_000 + "]" * 100_000, '{"a":' * 100_000):
        for bound in (Limits(), Limits(json_depth=10**9)):
            assert read(FAST, text, bound) == read(EXACT, text, bound)


@given(ordinary, st.binary(), st.sampled_from(["/", "/a"]), st.none() | st.integers(0, 10**6))
def test_packets_have_the_same_frames(
    value: Any, attachment: bytes, namespace: str, ack_id: int | None
) -> None:
    for args in ([value], [value, attachment], [{"a": [attachment]}]):
        packet = Packet(2, namespace, ["name", *args], ack_id)
        fast = outcome(lambda: JSONParser(FAST).encode(packet))  # noqa: B023 - called at once
        assert fast == outcome(lambda: JSONParser(EXACT).encode(packet))  # noqa: B023


# Which codec it is ---------------------------------------------------------------------------


@pytest.fixture
def forgetful() -> Iterator[None]:
    """What is installed is looked for in this test, and anew after it."""
    _default_codec.cache_clear()
    yield
    _default_codec.cache_clear()


@pytest.mark.usefixtures("forgetful")
def test_without_msgspec_the_default_is_the_standard_library(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.setitem(sys.modules, "msgspec.json", None)
    assert isinstance(default_json(), StdlibJSON)
    with pytest.raises(ImportError, match=r'pip install "sio-core\[fast\]"'):
        FastJSON()


@pytest.mark.usefixtures("forgetful")
def test_what_is_missing_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "msgspec.json", None)
        first = default_json()
    second = default_json()
    assert isinstance(first, StdlibJSON)
    assert isinstance(second, StdlibJSON)
    assert second is not first


@pytest.mark.usefixtures("forgetful")
def test_an_msgspec_that_rounds_long_integers_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    class Decoder:
        decode = float

        def __init__(self, **hooks: Any) -> None: ...

    monkeypatch.setattr("msgspec.json.Decoder", Decoder)
    with pytest.raises(ImportError, match="too old"):
        FastJSON()
    assert isinstance(default_json(), StdlibJSON)


def test_what_is_given_wins() -> None:
    assert isinstance(json_of(None), FastJSON)
    assert json_of(EXACT) is EXACT
    assert json_of(FAST) is FAST
    assert isinstance(json_of(json), ModuleJSON)


def test_msgspec_does_the_work_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise AssertionError("the standard library was asked")

    monkeypatch.setattr(StdlibJSON, "dumps", refuse)
    monkeypatch.setattr(StdlibJSON, "loads", refuse)
    row = {"id": 2**70, "name": "é", "at": 1.25, "tags": ["a", None], "on": True, "zero": -0.0}
    for data in (row, ["update", row], ["update", (row,) * 100], [[0.5] * 1000], "é", 1, None):
        text = FAST.dumps(data)
        assert json.dumps(data, ensure_ascii=False, separators=(",", ":")) == text
        assert repr(FAST.loads(f" {text}\n", Limits())) == repr(json.loads(text))


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 500])
def test_characters_are_counted_however_many_there_are(count: int) -> None:
    assert count_character("ab[" * count + "xyz", "[") == count
    assert count_character("[" * count, "[") == count


@pytest.mark.parametrize("points", [0, 20, 400])
def test_long_texts_with_few_and_many_fractions(points: int) -> None:
    value = ["echo", "e2e e-e " * 500, [n + 0.5 for n in range(points)], 1e300]
    text = json.dumps(value)
    assert FastJSON().loads(text, Limits()) == value
