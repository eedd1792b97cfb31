"""`codecs/json.py`: what goes out can be sent, what comes in is bounded."""

import json
import types
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.choose_json import json_of
from sio_core.codecs.fast_json import FastJSON
from sio_core.codecs.json import JSON, ModuleJSON, StdlibJSON
from sio_core.limits import Limits
from sio_core.protocol_errors import DecodeError, LocalProtocolError

LIMITS = Limits()
CODECS: list[JSON] = [StdlibJSON(), ModuleJSON(json), FastJSON()]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_text_is_that_of_the_standard_library(value: Any) -> None:
    expected = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    assert StdlibJSON().dumps(value) == expected
    assert StdlibJSON().loads(expected, LIMITS) == value


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_can_be_encoded_and_comes_back(text: str) -> None:
    merged = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    for codec in CODECS:
        made = codec.dumps([text])
        made.encode()
        assert codec.loads(made, LIMITS) == [merged]


def test_lone_surrogates_are_escaped_and_nothing_else() -> None:
    assert StdlibJSON().dumps("é\ud800") == '"é\\ud800"'
    assert (
        ModuleJSON(types.SimpleNamespace(dumps=lambda obj: f'"{obj}"', loads=None)).dumps("\udfff")
        == '"\\udfff"'
    )


@pytest.mark.parametrize(
    "value", [b"x", {1, 2}, {b"x": 1}, object()], ids=["bytes", "set", "a key", "object"]
)
def test_what_json_cannot_carry_is_refused(value: Any) -> None:
    with pytest.raises(LocalProtocolError, match="not possible in JSON") as caught:
        StdlibJSON().dumps(["a", value])
    assert isinstance(caught.value.__cause__, (TypeError, ValueError))
    assert isinstance(caught.value, TypeError), "as the module json raises"


def test_a_structure_that_holds_itself_is_refused_and_leaves_nothing_behind() -> None:
    codec, cycle = StdlibJSON(), []  # type: ignore[var-annotated]
    cycle.append(cycle)
    for _ in range(2):
        with pytest.raises(LocalProtocolError, match="holds itself"):
            codec.dumps(cycle)
    cycle.clear()
    assert codec.dumps(cycle) == "[]"


def test_without_the_c_encoder_the_text_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("json.encoder.c_make_encoder", None)
    codec = StdlibJSON()
    assert codec.dumps(["é", {"a": 1.5}]) == '["é",{"a":1.5}]'
    with pytest.raises(LocalProtocolError):
        codec.dumps(b"")


@pytest.mark.parametrize("codec", CODECS, ids=["stdlib", "module", "fast"])
@pytest.mark.parametrize(
    "text", ["", " ", "[", "[1", '["a"', "[1]x", "1 2", "{a:1}", "[1,]", "nul", '"\n"', "'a'"]
)
def test_bad_json_is_refused(codec: JSON, text: str) -> None:
    with pytest.raises(DecodeError, match="invalid JSON"):
        codec.loads(text, LIMITS)


NAN, INF = float("nan"), float("inf")
OURS = pytest.mark.parametrize("codec", [StdlibJSON(), FastJSON()], ids=["stdlib", "fast"])


class Number(float):
    """As libraries for numbers have them."""


@OURS
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NAN, "null"),
        ([INF, -INF, 1.5], "[null,null,1.5]"),
        (("a", {"k": (NAN,)}), '["a",{"k":[null]}]'),
        ([Number("nan"), Number(1)], "[null,1.0]"),
        (
            {NAN: 1, INF: [NAN], -INF: 2, 1.5: 3},
            '{"NaN":1,"Infinity":[null],"-Infinity":2,"1.5":3}',
        ),
        ([NAN] * 40, "[" + ",".join(["null"] * 40) + "]"),
    ],
)
def test_numbers_that_json_does_not_have_are_sent_as_null(
    codec: JSON, value: Any, text: str
) -> None:
    assert codec.dumps(value) == text


@OURS
def test_what_is_wrong_beside_them_is_still_refused(codec: JSON) -> None:
    cycle: list[Any] = [NAN]
    cycle.append(cycle)
    for value in ([NAN, b"x"], [b"x", NAN], cycle, [NAN, object()]):
        with pytest.raises(LocalProtocolError, match="not possible in JSON"):
            codec.dumps(value)


@OURS
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NaN", None),
        ("[Infinity,-Infinity,1]", [None, None, 1]),
        ('{"NaN":NaN}', {"NaN": None}),
        ('["NaN"]', ["NaN"]),
    ],
)
def test_they_are_read_as_null(codec: JSON, text: str, value: Any) -> None:
    assert codec.loads(text, LIMITS) == value


@OURS
@pytest.mark.parametrize("text", ["nan", "[-NaN]", "[+Infinity]", "inf", "undefined"])
def test_other_words_are_refused(codec: JSON, text: str) -> None:
    with pytest.raises(DecodeError):
        codec.loads(text, LIMITS)


def test_a_module_of_the_application_decides_for_itself() -> None:
    codec = ModuleJSON(json)
    assert codec.dumps([INF]) == "[Infinity]"
    assert codec.loads("[Infinity]", LIMITS) == [INF]


@pytest.mark.parametrize("text", [" [1]", "[1]\n", "\t\r\n[1] "])
def test_blanks_around_are_allowed(text: str) -> None:
    assert StdlibJSON().loads(text, LIMITS) == [1]


@pytest.mark.parametrize("codec", CODECS, ids=["stdlib", "module", "fast"])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
@pytest.mark.parametrize("depth", [0, 1, 3, 64])
def test_depth_is_bounded_exactly(codec: JSON, brackets: str, depth: int) -> None:
    opening = '{"a":' if brackets == "{}" else "["
    nested = opening * depth + "1" + brackets[1] * depth
    deeper = opening * depth + brackets + brackets[1] * depth
    limits = Limits(json_depth=depth)
    codec.loads(nested, limits)
    with pytest.raises(DecodeError, match="too deep"):
        codec.loads(deeper, limits)


@pytest.mark.parametrize("codec", CODECS, ids=["stdlib", "module", "fast"])
def test_nesting_beyond_the_recursion_limit_is_refused(codec: JSON) -> None:
    with pytest.raises(DecodeError):
        codec.loads("[" * 200_000 + "]" * 200_000, LIMITS)
    with pytest.raises(DecodeError):
        codec.loads("[" * 200_000, Limits(json_depth=10**9))


def test_width_and_brackets_in_strings_are_not_depth() -> None:
    limits = Limits(json_depth=2)
    wide = [[], {}, "[[[[{{{{", {"a": "]"}] * 50
    assert StdlibJSON().loads(json.dumps(wide), limits) == wide
    assert StdlibJSON().loads(json.dumps(wide), Limits(json_depth=5)) == wide
    assert StdlibJSON().loads('"[[[[[[[["', Limits(json_depth=0)) == "[[[[[[[["


@pytest.mark.parametrize("codec", CODECS, ids=["stdlib", "module", "fast"])
@pytest.mark.parametrize("before", ["", "[1," + " " * 37, '["' + "9" * 150 + '\\"",', "[-"])
def test_digits_of_an_integer_are_bounded_exactly(codec: JSON, before: str) -> None:
    after = "]" if before else ""
    codec.loads(before + "9" * 100 + after, LIMITS)
    with pytest.raises(DecodeError, match="integer is too long"):
        codec.loads(before + "9" * 101 + after, LIMITS)


@given(st.integers(0, 40), st.integers(0, 12), st.integers(0, 40), st.integers(0, 6))
def test_digits_are_found_wherever_they_stand(
    before: int, digits: int, after: int, limit: int
) -> None:
    text = "[" + " " * before + "7" * (digits + 1) + " " * after + "]"
    limits = Limits(json_int_digits=limit)
    if digits + 1 > limit:
        with pytest.raises(DecodeError, match="integer is too long"):
            StdlibJSON().loads(text, limits)
    else:
        assert StdlibJSON().loads(text, limits) == [int("7" * (digits + 1))]


def test_digits_that_are_no_integer_do_not_count() -> None:
    text = '["' + "1" * 500 + '",1.' + "2" * 500 + "]"
    assert StdlibJSON().loads(text, LIMITS)[0] == "1" * 500
    assert StdlibJSON().loads("[" + "12345678," * 200 + "1]", LIMITS)[-1] == 1


@pytest.mark.parametrize("codec", CODECS, ids=["stdlib", "module", "fast"])
@pytest.mark.parametrize("count", [1, 3, 200])
def test_arrays_and_objects_are_counted(codec: JSON, count: int) -> None:
    text = "[" + ",".join(['{"a":1}', "[]"] * count) + "]"
    limits = Limits(containers=2 * count + 1)
    assert len(codec.loads(text, limits)) == 2 * count
    with pytest.raises(DecodeError, match="too many arrays and objects"):
        codec.loads(text, Limits(containers=2 * count))


@pytest.mark.parametrize("codec", CODECS, ids=["stdlib", "module", "fast"])
def test_brackets_in_strings_are_no_arrays(codec: JSON) -> None:
    strings = ['[[[\\"[[[', "{{{{\\"]
    assert codec.loads(json.dumps(strings), Limits(containers=1)) == strings
    # A string without an end is no JSON, and nothing in it is counted.
    with pytest.raises(DecodeError, match="invalid JSON"):
        codec.loads('["' + "[" * 50, Limits(containers=1))


def test_more_digits_than_python_takes() -> None:
    with pytest.raises(DecodeError):
        StdlibJSON().loads("9" * 5000, Limits(json_int_digits=10**6))


def test_a_module_may_take_separators_or_not() -> None:
    seen: list[dict[str, Any]] = []

    def strict(obj: Any) -> bytes:
        return json.dumps(obj).encode()

    def loose(obj: Any, **options: Any) -> str:
        seen.append(options)
        return json.dumps(obj, **options)

    def text(dumps: Any) -> str:
        return ModuleJSON(types.SimpleNamespace(dumps=dumps, loads=json.loads)).dumps([1, 2])

    assert text(strict) == "[1, 2]"
    assert text(loose) == "[1,2]"
    assert seen == [{"separators": (",", ":")}]
    # A builtin without a signature gets nothing extra.
    assert text(str) == "[1, 2]"


def test_a_module_may_encode_more_than_json() -> None:
    custom = types.SimpleNamespace(
        dumps=lambda obj, separators: json.dumps(obj, separators=separators, default=str),
        loads=lambda text: json.loads(text, parse_float=Decimal),
    )
    codec = ModuleJSON(custom)
    assert codec.dumps([Decimal("1.5")]) == '["1.5"]'
    assert codec.loads("[1.5]", LIMITS) == [Decimal("1.5")]


def test_what_a_module_raises_is_translated() -> None:
    def fail(_: Any) -> str:
        raise KeyError("secret")

    codec = ModuleJSON(types.SimpleNamespace(dumps=fail, loads=fail))
    with pytest.raises(LocalProtocolError) as caught:
        codec.dumps(1)
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(DecodeError, match=r"^invalid JSON$"):
        codec.loads("1", LIMITS)


def test_each_says_whether_it_refuses_bytes() -> None:
    assert [codec.refuses_bytes for codec in CODECS] == [True, False, True]


@pytest.mark.parametrize("given", [3, "orjson", types.SimpleNamespace(dumps=1, loads=2)])
def test_what_is_no_codec_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match="json must have the functions dumps and loads"):
        json_of(given)
