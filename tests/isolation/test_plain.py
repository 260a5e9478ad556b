import json
import math
from collections import OrderedDict
from decimal import Decimal
from types import MappingProxyType

import attrs
import pytest
from arro3.core import Array, DataType, Field, Schema, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.isolation import Opaque, Stranger, decode, strangers
from allause.isolation.bounds import Bounds, GarbledError, OversizedError
from allause.isolation.encoding import encode
from allause.isolation.output import printed
from allause.isolation.wire import FrameReader, pack
from allause.models import OrderStatus, Side, Trade

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.decimals(allow_nan=False, places=4)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(-5, 5), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=50, deadline=None)
@given(values)
def test_what_is_plain_comes_back_unchanged_through_json(value):
    plain = json.loads(json.dumps(encode(value), allow_nan=False))
    assert repr(decode(plain)) == repr(value)


@settings(max_examples=50, deadline=None)
@given(values)
def test_frames_come_back_whole_however_they_are_cut(value):
    frame = pack({"value": encode(value)})
    reader = FrameReader(limit=10**6)
    messages = [message for index in range(len(frame)) for message in reader.feed(frame[index : index + 1])]
    assert repr(decode(messages[0]["value"])) == repr(value)
    assert not reader.unfinished


def test_vocabularies_become_their_values():
    assert encode([Side.BUY, OrderStatus.FILLED]) == ["buy", "filled"]


def test_known_mappings_of_the_standard_library_are_dicts():
    assert encode([OrderedDict(a=1), MappingProxyType({"a": 1})]) == [{"a": 1}, {"a": 1}]


def test_a_record_keeps_its_name_and_decodes_to_its_fields():
    plain = encode(Trade(symbol="A", ts_event=1, ts_init=1, price=2.0, size=3.0))
    assert plain["$record"] == "Trade"
    assert decode(plain)["price"] == 2.0


def test_a_record_without_slots_dictionary_access_is_read():
    @attrs.frozen
    class Mine:
        _hidden: int

    assert encode(Mine(3))["fields"] == {"_hidden": 3}


def test_a_table_with_nulls_and_nan_comes_back():
    table = Table.from_pydict({"x": Array([1.0, None, math.nan], type=DataType.float64())})
    assert repr(decode(encode(table))) == "{'x': [1.0, None, nan]}"


def test_a_table_with_two_columns_of_one_name_is_refused():
    column, field = Array([1], type=DataType.int64()), Field("x", DataType.int64())
    with pytest.raises(ValueError, match="one name"):
        encode(Table.from_arrays([column, column], schema=Schema([field, field])))


def test_keys_that_are_no_strings_are_strangers_with_a_path():
    plain = encode({"a": {1: math.inf}})
    assert list(strangers(plain)) == [Stranger("$.a", "$mapping", "1"), Stranger("$.a[1]", "$float", "inf")]


def test_a_key_that_looks_like_a_tag_stays_a_key():
    assert decode(encode({"$decimal": "1.5"})) == {"$decimal": "1.5"}


def test_a_subclass_is_an_object():
    class Number(int):
        pass

    assert decode(encode(Number(3))).type.endswith("Number")


def test_a_decimal_that_is_not_finite_is_a_stranger():
    assert [stranger.tag for stranger in strangers(encode([Decimal("NaN")]))] == ["$float"]


def test_an_honest_answer_has_no_strangers():
    assert list(strangers(encode({"a": [1, 2.5, Decimal(1), ("x", b"y")], "b": None}))) == []


@pytest.mark.parametrize("plain", [
    {"$decimal": 1}, {"$decimal": "one"}, {"$decimal": "1", "more": 1}, {"$float": "1.5"}, {"$bytes": "zz"},
    {"$tuple": {}}, {"$mapping": [[1]]}, {"$mapping": [[[], 1]]}, {"$record": "X"}, {"$record": 1, "fields": {}},
    {"$record": "X", "fields": []}, {"$table": {}}, {"$table": {"columns": {"a": [1]}, "types": {}}},
    {"$table": {"columns": {"a": [1], "b": []}, "types": {"a": "Int64", "b": "Int64"}}},
    {"$object": "x"}, {"$object": 1, "repr": ""}, {"$awaitable": []}, {"$unknown": 1}, 2**63, math.nan, object(),
    [1.0, math.inf],
])  # fmt: skip # a table
def test_a_shape_no_encoder_gives_is_garbled(plain):
    with pytest.raises(GarbledError):
        decode(plain)


@pytest.mark.parametrize(("bounds", "plain"), [
    (Bounds(depth=2), [[[1]]]), (Bounds(nodes=3), [1, 2, 3]), (Bounds(size=3), ["ab", "cd"]),
    (Bounds(depth=2), [[[1.0]]]), (Bounds(nodes=3), [1.0, 2.0, 3.0]),
    (Bounds(rows=1), {"$table": {"columns": {"a": [1, 2]}, "types": {"a": "Int64"}}}),
    (Bounds(cells=1), {"$table": {"columns": {"a": [1, 2]}, "types": {"a": "Int64"}}}),
])  # fmt: skip # a table
def test_every_bound_holds_on_arrival(bounds, plain):
    with pytest.raises(OversizedError):
        decode(plain, bounds)


@pytest.mark.parametrize(("bounds", "value"), [
    (Bounds(depth=2), [[[1]]]), (Bounds(nodes=3), [1, 2, 3]), (Bounds(size=3), ["ab", "cd"]),
    (Bounds(depth=2), [[[1.0]]]), (Bounds(nodes=3), [1.0, 2.0, 3.0]),
    (Bounds(size=3), {"abcd": 1}), (Bounds(size=3), b"abcd"),
    (Bounds(rows=1), Table.from_pydict({"a": Array([1, 2], type=DataType.int64())})),
    (Bounds(cells=1), Table.from_pydict({"a": Array([1, 2], type=DataType.int64())})),
])  # fmt: skip # a table
def test_every_bound_holds_before_encoding(bounds, value):
    with pytest.raises(OversizedError):
        encode(value, bounds)


def test_an_opaque_value_says_what_it_was():
    assert decode(encode(range(3))) == Opaque("$object", "builtins.range", "range(0, 3)")


def test_a_frame_beyond_the_limit_is_oversized_at_its_header():
    with pytest.raises(OversizedError):
        list(FrameReader(limit=10).feed(pack({"value": "x" * 20})[:8]))


@pytest.mark.parametrize(
    "chunk", [b'{"nonce": 1}', b"\x00" * 8, pack({})[:-1] + b"x", pack({})[:4] + bytes(3) + b"\x01[[["]
)
def test_bytes_that_are_no_frame_are_garbled(chunk):
    with pytest.raises(GarbledError):
        list(FrameReader(limit=100).feed(chunk))


@pytest.mark.parametrize(("raw", "text"), [
    (b"a\x1b[1;31mb", "ab"), (b"a\x1b]8;;http://x\x1b\\b", "ab"), (b"a\x1b", "a"), (b"\xff\xfe", "��"),
    ("\u202eab\u2066c\u200b".encode(), "abc"), (b"a\rb\x08\x7f\tc\r\n", "ab\tc\n"),
])  # fmt: skip # a table
def test_output_is_shown_without_control_characters(raw, text):
    assert printed(raw) == text
