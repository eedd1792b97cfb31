"""`codecs/sliced_json.py` and `json_limits.py`: in slices, the values and errors are the same."""

import cProfile
import json
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs import sliced_json
from sio_core.codecs.fast_json import FastJSON
from sio_core.codecs.json import StdlibJSON
from sio_core.codecs.sliced_json import read_in_slices
from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError
from sio_core.slices import SLICE, finish

Codec = StdlibJSON | FastJSON
CODECS: list[Codec] = [StdlibJSON(), FastJSON()]
LIMITS = Limits(json_depth=6, json_int_digits=9, containers=60)
LARGE = Limits()
OTHER_PATHS = ("sio_core.codecs.sliced_json", "sio_core.codecs.json_limits")


@pytest.fixture(scope="module", autouse=True)
def small_slices() -> Iterator[pytest.MonkeyPatch]:
    """Texts of some characters are long ones here, and guesses reach some values only."""
    with pytest.MonkeyPatch.context() as patch:
        for module in OTHER_PATHS:
            patch.setattr(f"{module}.SLICE", 40)
        patch.setattr("sio_core.codecs.json_limits._POSITIONS", 2)
        patch.setattr("sio_core.codecs.sliced_json._REACH", 48)
        patch.setattr("sio_core.codecs.sliced_json._LEAST", 6)
        patch.setattr("sio_core.codecs.json.FEW", 3)
        patch.setattr("sio_core.codecs.fast_json.FEW", 3)
        yield patch


def outcome(read: Callable[[], Any]) -> str:
    """What a decoder made of a text, so that -0.0, NaN and orders of keys count."""
    try:
        return repr(read())
    except DecodeError as error:
        return f"refused: {error}"


def both(codec: Codec, text: str, limits: Limits) -> tuple[str, str]:
    return (
        outcome(lambda: codec.loads(text, limits)),
        outcome(lambda: finish(codec.loads_in_slices(text, limits))),
    )


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**11), 10**11)
    | st.floats()
    | st.text(max_size=12)
    | st.text('[]{},:"\\ 0e', max_size=12)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=12)
        | st.lists(st.just([1, "a"]), max_size=12)
        | st.dictionaries(st.text(max_size=3) | st.text(',"[]{}', max_size=3), inner, max_size=6)
    ),
    max_leaves=60,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """JSON of all kinds of layout, some of it damaged."""
    text = json.dumps(
        draw(values),
        indent=draw(st.none() | st.just(1)),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r ")])),
        ensure_ascii=draw(st.booleans()),
    )
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        at = draw(st.integers(0, len(text)))
        put = draw(st.sampled_from(["", "", *'[]{},:" \\1e.-', "[[", "},{", '","', "0" * 12]))
        text = text[:at] + put + text[at + draw(st.integers(0, 2)) :]
    return draw(st.sampled_from(["", " ", "\n\t"])) + text + draw(st.sampled_from(["", " ", "\r"]))


@pytest.mark.parametrize("codec", CODECS)
@given(text=texts())
def test_the_same_of_every_text(codec: Codec, text: str) -> None:
    plain, sliced = both(codec, text, LIMITS)
    assert sliced == plain


@pytest.mark.parametrize("codec", CODECS)
@given(text=st.text('[]{},:"\\1e.-N \n', max_size=60))
def test_the_same_of_what_hardly_ever_is_json(codec: Codec, text: str) -> None:
    plain, sliced = both(codec, text, LIMITS)
    assert sliced == plain


FIXED = [
    *("", " ", "[", "]", "{", "[,", "[1,", "[1,]", "[1 2]", "[1,,2]", "[],[]", "1,2", "[1]]"),
    *('{"a"}', '{"a":}', '{"a":1,}', "{,}", "{1:2}", '{"a" 1}', '{"a":1 "b":2}', '{"a":[1}'),
    *('{"a":1,"b":2,"c":3,"d" 4}', '{"a":1,"b":2,"c":3,"d"}', '{"a":1,"b":2,"c":3,d:4}'),
    *("[1],[2],[3],[4],[5]", "1],[2,3,4", '{"a":1},{"b":2}', "[ , , , 1]", "[1,[2,[3,[4 , ]]]]"),
    *("[NaN,Infinity,-Infinity,1,2,3]", "[1,2,3,Nan]", "[1e5,1.5e1,-0,-0.0,1e999,1,1,1]"),
    *('["\\ud83d\\ude00",1,2,3,"\\ud83d",4]', '["\ud800",1,2,3,4]', '["\n",1,2,3,4]'),
    *('{"a":1,"a":2,"b":[1,2,3],"a":[1]}', '{"a":[1],"b":[2],"a":3,"c":{"a":1,"a":2}}'),
    *("[" * 6 + "]" * 6, "[" * 7 + "]" * 7, "[" * 7 + "1,2,3" + "]" * 7 + ",", "[" * 30),
    *(
        "[1,2,3," + "[" * 6 + "]" * 6 + "]",
        '{"a":' * 6 + "1" + "}" * 6,
        '{"a":' * 7 + "1" + "}" * 7,
    ),
    *("[1,2,3,[4]" + ",[]" * 58 + "]", "[1,2,3,[4]" + ",[]" * 59 + "]"),
    *('["[[[[[[[[",' + '"{",' * 70 + "1]", '["[[[[[[[[",' + '"{",' * 70 + "[]]" + "[" * 70),
    *("[1,2,3,4,123456789]", "[1,2,3,4,1234567890]", '["1234567890",1,2,3]', "[1.1234567890,1,2]"),
    *('["' + "1" * 99 + '",1,2,3,1234567890]', '[1,2,3,"' + "1" * 99, "[1,2,3,1234567890e1]"),
    *("[" + "1," * 90 + "1.0" + "1" * 60 + "]", "[" + "1234567890123," * 9 + "1]"),
    *('["' + "a" * 300 + '",1,2,3]', "[" + " " * 300 + "1,2,3,4]", "[1,2,3,4" + " " * 300 + "]"),
    *('{"a":{"b":{"c":' + "[1,2,3]," * 20 + "1}}}", '[{"v":[' + "1.5," * 90 + "1]},[1],[2]]"),
]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("text", FIXED)
def test_the_same_of_texts_that_stand_at_an_edge(codec: Codec, text: str) -> None:
    for limits in (LIMITS, Limits(json_depth=0, json_int_digits=0), Limits(containers=2)):
        plain, sliced = both(codec, text, limits)
        assert sliced == plain


@pytest.mark.parametrize("codec", CODECS)
def test_more_digits_than_python_takes(codec: Codec) -> None:
    text = "[1,2,3,4," + "9" * 4301 + "]"
    plain, sliced = both(codec, text, Limits(json_int_digits=10_000))
    assert sliced == plain == "refused: invalid JSON"


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("opening", ["[", '{"a":', '[1,{"":'])
def test_nesting_without_end_is_refused(codec: Codec, opening: str) -> None:
    limits = Limits(json_depth=5000)
    text = opening * 40_000
    assert outcome(lambda: finish(codec.loads_in_slices(text, limits))).startswith("refused: ")
    plain, sliced = both(codec, text, Limits())
    assert sliced == plain == "refused: JSON is nested too deep"


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("before", ["1," * 5_000, f'"{"a" * 9_000}",'])
def test_nesting_that_ends_within_a_guess_is_read_as_at_once(codec: Codec, before: str) -> None:
    text = "[" + before + "[" * 2_000 + "]" * 2_000 + ",4,5,6]"
    with pytest.MonkeyPatch.context() as natural:
        natural.setattr(sliced_json, "_REACH", 8192)
        plain, sliced = both(codec, text, Limits(json_depth=5000))
    assert sliced == plain
    if sys.version_info < (3, 12):  # newer ones let C call itself more often than Python
        assert plain == "refused: JSON is nested too deep"


def test_a_decoder_that_nests_too_deep_for_its_python_refuses() -> None:
    def fail(*_: Any) -> Any:
        raise RecursionError

    def refuse(*_: Any) -> None:
        raise AssertionError("nothing was read")

    scan = json.JSONDecoder().raw_decode
    with pytest.raises(DecodeError, match="JSON is nested too deep"):
        finish(read_in_slices("[" + "1," * 5_000 + "1]", 5, scan, fail, refuse))
    with pytest.raises(DecodeError, match="JSON is nested too deep"):
        finish(read_in_slices("[[1]]", 5, fail, fail, refuse))


def test_few_values_are_decoded_at_once() -> None:
    for codec in CODECS:
        assert list(codec.loads_in_slices("[1,2]", LIMITS)) == []
        assert len(list(codec.loads_in_slices("[" + "1," * 100 + "1]", LIMITS))) > 2


SHAPES: dict[str, str] = {
    "numbers": ",".join(["1e300"] * 20_000),
    "pairs": ",".join(["[1,2]"] * 20_000),
    "objects": ",".join(['{"a":[1,"x"],"b":{}}'] * 6_000),
    "long objects": ",".join([json.dumps({"v": [1.5] * 400})] * 60),
    "texts with brackets": ",".join(['"a,[b",1.5,{"k":[1,null]}'] * 8_000),
    "texts": ",".join(['"[,]{"'] * 15_000),
    "values of all kinds": ",".join(['1,[2,3],"a,b",{"c":null}'] * 5_000),
    "nests": ",".join(["[" * 100 + "1," * 20 + "1" + "]" * 100] * 400),
    "nests that end late": ",".join(["[" * 150 + "1," * 4_000 + "1" + "]" * 150] * 12),
    "guesses that are wrong": ",".join(['"]",[1,"[",2]'] * 7_000),
    "one object": '{"' + '":1,"'.join(map(str, range(12_000))) + '":1}',
    "an end that is missing": ",".join(["[1"] * 20_000),
}


class Meter:
    """Counts the characters that a decoder is given, or reads, between two slices."""

    def __init__(self) -> None:
        self.codec = StdlibJSON()
        self.now = self.longest = self.total = 0

    def scan(self, text: str, at: int) -> tuple[Any, int]:
        try:
            value, end = self.codec.scan(text, at)
        except (StopIteration, ValueError):
            self.now += len(text) - at
            raise
        self.now += end - at
        return value, end

    def loads(self, text: str) -> Any:
        self.now += len(text)
        return self.codec.loads_part(text)

    def slice_ended(self) -> None:
        self.longest = max(self.longest, self.now)
        self.total += self.now
        self.now = 0


@pytest.mark.parametrize("shape", SHAPES)
def test_every_slice_and_all_of_them_together_are_bounded_work(shape: str) -> None:
    text = f'["x",[{SHAPES[shape]}]]'
    meter = Meter()
    with pytest.MonkeyPatch.context() as natural:
        _natural(natural)
        slices = read_in_slices(text, 200, meter.scan, meter.loads, lambda value, depth: None)
        try:
            while True:
                next(slices)
                meter.slice_ended()
        except (StopIteration, DecodeError):
            meter.slice_ended()
    assert meter.longest < 3 * SLICE
    assert meter.total < 4 * len(text)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_takes_many_calls(codec: Codec, shape: str) -> None:
    text = f'["x",[{SHAPES[shape]}]]'
    profile = cProfile.Profile()
    with pytest.MonkeyPatch.context() as natural:
        _natural(natural)
        profile.enable()
        try:
            finish(codec.loads_in_slices(text, Limits(containers=len(text))))
        except DecodeError:
            pass
        finally:
            profile.disable()
    calls = sum(entry.callcount for entry in profile.getstats())
    assert calls < len(text)


def _natural(patch: pytest.MonkeyPatch) -> None:
    """Undo what `small_slices` does."""
    for module in OTHER_PATHS:
        patch.setattr(f"{module}.SLICE", SLICE)
    patch.setattr(sliced_json, "_REACH", 8192)
    patch.setattr(sliced_json, "_LEAST", 32)


def test_what_is_refused_may_stand_in_any_part() -> None:
    draw = random.Random(5)
    for _ in range(300):
        pieces = [json.dumps([draw.random(), {"k": "v" * draw.randrange(9)}]) for _ in range(30)]
        pieces[draw.randrange(30)] = draw.choice(["[1", "1]", '"', "{1}", "", "[[[[[[1]]]]]]"])
        for codec in CODECS:
            plain, sliced = both(codec, f"[{','.join(pieces)}]", LARGE)
            assert sliced == plain
