from __future__ import annotations

import orjson
import pytest

from proxy.codecs import pointer
from proxy.codecs.numbers import Long, across, characters, digits, dumps, keyed, listed, loads, rewrite
from proxy.core.search.decoding.groups import plain, spelled
from testing.growth import check_linear
from testing.walks import walked_leaves

HERE = ("coordinates",)


@pytest.mark.parametrize(
    ("node", "keys", "text"),
    [
        ([13.404954, 52.520008], HERE, "13.404954, 52.520008"),
        ([-122.419416, 37.774929], HERE, "37.774929, -122.419416"),
        ([13.4, 52.5], HERE, "13.400, 52.500"),
        ([13.4, 52.5, 34.25], HERE, "13.400, 52.500, 34.250"),
        ([-122.5, 37.25, -122.25, 37.5], ("bbox",), "37.250, -122.500, 37.500, -122.250"),
        ([13.404954, 52.520008], ("x",), "13.404954, 52.520008"),
        ([[13.4, 52.5]], HERE, ""),
        ([13.4, 52.5], ("scores",), ""),
        ([0.91234, 0.08766], ("scores",), ""),
        ([13, 52], HERE, ""),
        ([13.5, 200.25], HERE, ""),
        ([13.5], HERE, ""),
        ([13.5, True], HERE, ""),
        ([13.5, "52.5"], HERE, "13.500, 52.500"),
        (["13.404954", "52.520008"], ("x",), "13.404954, 52.520008"),
        ([13.5, "north"], HERE, ""),
        ([1.5] * 7, HERE, ""),
    ],
)
def test_a_list_of_coordinates_is_one_text(node, keys, text):
    assert listed(node, keys) == text


@pytest.mark.parametrize(
    ("node", "texts"),
    [
        ({"lat": 52.520008, "lng": 13.404954}, ["52.520008, 13.404954"]),
        ({"Longitude": "13.404954", "Latitude": "52.520008"}, ["52.520008, 13.404954"]),
        ({"home_lat": 52.5, "home_lon": 13.25, "work_lat": 1.0, "work_long": 2.0}, ["52.500, 13.250", "1.000, 2.000"]),
        ({"lat": 52.520008, "long_name": 13.404954}, []),
        ({"lat": "about 52", "lng": 13.4}, []),
        ({"lat": 52.5, "lng": None}, []),
        ({"flat": 4, "plateau": 5}, []),
    ],
)
def test_coordinates_under_two_keys_are_one_text(node, texts):
    assert list(keyed(node)) == texts


def test_digits_one_by_one_spell_a_number():
    assert digits([4, 8, 2, 9]) == "4829"
    assert digits([482, 913]) == "482913"
    assert [digits(odd) for odd in ([4, 8], [482], [4, 8, True], [1, 2, 3] * 7, [1, 2, "x"], [4, -829])] == [""] * 6


@pytest.mark.parametrize(
    ("node", "spelt"),
    [
        (["4111", "1111", "1111", "1111"], [(0, 4, "4111111111111111")]),
        ([4111, 1111, 1111, 1111], [(0, 4, "4111111111111111")]),
        ([4111.0, 1111.0, 1111.0, 1111.0], [(0, 4, "4111111111111111")]),
        ([4, *[1] * 15], [(0, 16, "4111111111111111")]),
        (["4", *["1"] * 15], [(0, 16, "4111111111111111")]),
        (["41", *["11"] * 7], [(0, 8, "4111111111111111")]),
        (["Anna", "CARD", "4111", "1111", "1111", "1111", "12", "27"], [(2, 6, "4111111111111111")]),
        (["x", {}, 4111, 1111, 1111, 1111, None], [(2, 6, "4111111111111111")]),
        ([4000, 12, 3456, 7899], [(0, 4, "4000001234567899")]),
        ([3782, 822463, 10005], [(0, 3, "378282246310005")]),
        (["DE89", "3704", "0044", "0532", "0130", "00", "EUR"], [(0, 6, "DE89370400440532013000")]),
        (["219", "09", "9999"], [(0, 3, "219-09-9999")]),
        (["943", "476", "5919", "943", "476", "5919"], [(0, 3, "943-476-5919"), (3, 6, "943-476-5919")]),
        ([219, 9, 9999], []),
        ([4111, 1111, 1111, 1112], []),
        ([2019, 2020, 2021, 2022], []),
        ([0, 1] * 8, []),
        ([4111, 1111, 1111, 1111, 7], []),
        (["USER", "ROLE", "DATE"], []),
        ([True, "4111", 0.5, "1111"], []),
        ([0.25] * 64, []),
    ],
)
def test_elements_of_a_list_spell_a_number(node, spelt):
    assert list(spelled(node)) == spelt


def test_what_readers_cut_differently_keeps_its_digits():
    body = b'{"a":61109010140000071219812874,"b":"11111111111111111111","c":[-4000000000000000006.0,4.000000000000000006e18]}'
    document = loads(body)
    assert document == {
        "a": "61109010140000071219812874",
        "b": "11111111111111111111",
        "c": ["-4000000000000000006.0", "4.000000000000000006e18"],
    }
    assert [type(value) for value in (document["a"], document["b"], *document["c"])] == [Long, str, Long, Long]
    assert dumps(document) == body


@pytest.mark.parametrize(
    "body",
    [b'{"id":1700000000000000000,"x":0.12345678901234567,"y":1.2345678901234567e-5}', b"[18446744073709551615,-9223372036854775808]",
     b"[1.0,0.50000000000000000000000]"],
)  # fmt: skip
def test_what_every_reader_holds_is_a_number(body):
    assert loads(body) == orjson.loads(body)
    assert b'"' not in dumps(loads(body)).replace(b'"id"', b"").replace(b'"x"', b"").replace(b'"y"', b"")


@pytest.mark.parametrize(
    "body",
    [b'{"a":11111111111111111111..e}', b"", b"[11111111111111111111,NaN]", b'[11111111111111111111,"\\ud800"]', b"[11111111111111111111,1e400]",
     b"[" * 5000 + b"11111111111111111111" + b"]" * 5000],
)  # fmt: skip
def test_what_a_strict_reader_refuses_is_refused_beside_them(body):
    with pytest.raises(ValueError):
        loads(body)


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e999", b"9" * 400 + b".5"])
def test_numbers_that_no_reader_has_stay_as_they_are_written(word):
    body = b'{"a":[1.5,' + word + b",123456789012345678901234567890]}"
    assert dumps(loads(body, non_finite=True)) == body


@pytest.mark.parametrize(
    "body",
    [b"{", b"NaNa", b'{"a":NaN}x', b'{"a":NaN}{"a":1}', b'{"a":NaN,"b":"\\ud800"}', b'{"a":nan}', b'{"a":+Infinity}', b'{"NaN":"\xff"}',
     b"[" * 9000 + b"NaN" + b"]" * 9000],
)  # fmt: skip
def test_what_is_no_json_beside_such_numbers_is_refused(body):
    with pytest.raises(ValueError):
        loads(body, non_finite=True)


@pytest.mark.parametrize("body", [b"-0", b"[-0,1]", b'{"a": -0 }', b"[1,-0]", b"[-0.0]", b"[-0e1]"])
def test_a_negative_zero_stays_one(body):
    assert b"-0.0" in dumps(loads(body))


def test_no_number_is_told_with_an_exponent():
    assert [plain(one) for one in (1e-7, 4.82913e5, 5, -0.5)] == ["0.0000001", "482913", "5", "-0.5"]


def test_a_new_text_is_written_back_as_numbers_where_it_is_numbers():
    assert rewrite([13.404954, 52.520008], "13.4, 52.5") == [13.4, 52.5]
    assert rewrite([-122.419416, 37.774929], "37.8, -122.4") == [-122.4, 37.8]
    assert rewrite([13.404954, 52.520008], "[GEO]") == ["[GEO]"]


def test_what_is_together_has_one_address_and_the_rest_stays():
    document = {"a": {"lat": 52.520008, "lng": 13.404954, "n": 5}, "coordinates": [[13.404954, 52.520008], [1, 2]]}
    found = {
        leaf.text: leaf.pointer for leaf in walked_leaves(document, frozenset({"a", "lat", "lng", "n", "coordinates"}))
    }
    assert found == {"52.520008, 13.404954": "/a~pair/lat", "13.404954, 52.520008": "/coordinates/0~list"}
    assert pointer.replace(document, dict.fromkeys(found.values(), "[GEO]")) == {
        "a": {"lat": "[GEO]", "lng": "[GEO]", "n": 5},
        "coordinates": [["[GEO]"], [1, 2]],
    }


def test_inside_json_in_a_string():
    document = {
        "arguments": orjson.dumps({"lat": 52.520008, "lng": 13.404954, "to": [[13.404954, 52.520008]]}).decode()
    }
    leaves = [leaf for leaf in walked_leaves(document, frozenset()) if leaf.kind == "numbers"]
    changed = pointer.replace(document, {leaf.pointer: "[GEO]" for leaf in leaves})
    assert orjson.loads(changed["arguments"]) == {"lat": "[GEO]", "lng": "[GEO]", "to": [["[GEO]"]]}


def test_a_list_in_a_string_by_itself():
    document = {"content": "[13.404954, 52.520008]"}
    [leaf] = [leaf for leaf in walked_leaves(document, frozenset({"content"})) if leaf.kind == "numbers"]
    assert pointer.replace(document, {leaf.pointer: "[GEO]"}) == {"content": '["[GEO]"]'}


@pytest.mark.parametrize(
    "unit",
    [[4111], ["4111"], ["DE89"], [4], ["4"], ["4111", "x"], [0.5], [{}, 4111], ["219", "09", "9999"], [65], ["0x41"]],
    ids=str,
)
def test_reading_lists_is_linear(unit):
    check_linear(lambda times: lambda: (list(spelled(unit * 2_000 * times)), characters(unit * 2_000 * times)))


@pytest.mark.parametrize(
    "unit",
    [
        b'"a",',
        b"11111111111111111111,",
        b'"\\"",',
        b"1e5,",
        b"0.12345678901234567,",
        b"1111111111111111111,",
    ],
)
def test_reading_long_numbers_is_linear(unit):
    check_linear(lambda times: lambda: loads(b"[" + unit * 5_000 * times + b"11111111111111111111]"))


@pytest.mark.parametrize("number", [b"0.%s", b"0.%se-99999999999999999999999", b"-0.%s5E+1"])
def test_reading_one_very_long_number_is_linear(number):
    check_linear(lambda times: lambda: loads(number % (b"1" * 50_000 * times)))


@pytest.mark.parametrize(
    ("node", "texts"),
    [
        ({"0": 83, "1": 111, "2": 110, "3": 100}, ["Sond"]),
        ([[0, 83], [1, 111], [2, 110], [3, 100]], ["0123", "Sond"]),
        ([{"i": 7, "c": 83}, {"i": 8, "c": 111}, {"i": 9, "c": 110}, {"i": -1, "c": 100}], ["Sond"]),
        ({"a": [83, 40], "b": [111, 41], "c": [110, 42], "d": [100, 43]}, ["Sond", "()*+"]),
        ({"a": 4, "b": 1, "c": 1, "d": 1}, ["4111"]),
        ({"a": 83, "b": "o", "c": 110, "d": 100}, []),
        ({"a": 83, "b": 111}, []),
        ([[83], [111], [110], [100, 1]], []),
        ([[83], {"a": 111}, [110], [100]], []),
        ([["S"], ["o"], ["n"], ["d"]], []),
        ([[], [], [], []], []),
        ([[1, 2, 3, 4, 83]] * 4, []),
    ],
)
def test_codes_and_digits_over_members_and_rows(node, texts):
    assert across(node) == texts


def test_codes_over_rows_cost_what_they_hold():
    check_linear(lambda times: lambda: across([[at, 65 + at % 26] for at in range(2_000 * times)]))
