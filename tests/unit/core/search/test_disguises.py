"""Every transform of a removed value that an interpreter makes in one line is found, and ordinary text is not."""

from __future__ import annotations

import base64
import json
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.search.disguises import Disguises
from testing.examples import examples

PEOPLE = ("Anna Schmidt", "Katarzyna Wójcik", "O'Connor Murphy", "Ирина Смирнова")
NUMBERS = ("4111111111111111", "219-09-9999", "DE89370400440532013000")
OTHERS = ("anna.schmidt@example.org", "Hauptstraße 12", "Bergmann Robotics")
VALUES = (*PEOPLE, *NUMBERS, *OTHERS)
DISGUISES = Disguises(VALUES, PEOPLE)


def shifted(text: str, by: int) -> str:
    low, high = string.ascii_lowercase, string.ascii_uppercase
    return text.translate(str.maketrans(low + high, low[by:] + low[:by] + high[by:] + high[:by]))


TRANSFORMS = {
    "backwards": lambda v: v[::-1],
    "word by word backwards": lambda v: " ".join(word[::-1] for word in v.split()),
    "code points": lambda v: str([ord(c) for c in v]),
    "code points, spaces": lambda v: " ".join(str(ord(c)) for c in v),
    "code points, lines": lambda v: "\n".join(str(ord(c)) for c in v),
    "hexadecimal code points": lambda v: ", ".join(hex(ord(c)) for c in v),
    "U+": lambda v: " ".join(f"U+{ord(c):04X}" for c in v),
    "octal": lambda v: " ".join(f"{ord(c):o}" for c in v),
    "bytes": lambda v: v.encode().hex(" "),
    "bytes in a row": lambda v: v.encode().hex(),
    "list of bytes": lambda v: str(list(v.encode())),
    "integer": lambda v: str(int.from_bytes(v.encode(), "big")),
    "integer, little end first": lambda v: str(int.from_bytes(v.encode(), "little")),
    "hexadecimal integer": lambda v: hex(int.from_bytes(v.encode(), "big")),
}


def of_thirds(value, parts):
    third = len(value) // 3
    return parts.format(value[:third], value[third : 2 * third], value[2 * third :])


def in_groups(value):
    bare = "".join(filter(str.isalnum, value))
    return [bare[at : at + 4] for at in range(0, len(bare), 4)]


#: The same in programs, lists, objects and markup, several of these at once, and what decodes to it.
SPELLINGS = {
    "chr": lambda v: "+".join(f"chr({ord(c)})" for c in v),
    "named pairs in prose": lambda v: (
        f"Here it is: {json.dumps({f'p{at}': [ord(c), at] for at, c in enumerate(v)})} Thank you."
    ),
    "assigned in lines": lambda v: "\n".join(f"name += chr({ord(c)})" for c in v),
    "third column": lambda v: "\n".join(f"| {at} | ok | {ord(c)} | yes |" for at, c in enumerate(v)),
    "fromCharCode": lambda v: f"String.fromCharCode({','.join(str(ord(c)) for c in v)})",
    "prefixed octal": lambda v: " ".join(oct(ord(c)) for c in v),
    "prefixed bits": lambda v: ", ".join(bin(ord(c)) for c in v),
    "bits": lambda v: " ".join(f"{ord(c):08b}" for c in v),
    "hexadecimal strings": lambda v: str([hex(ord(c)) for c in v]),
    "codes backwards": lambda v: str([ord(c) for c in v[::-1]]),
    "object of signs": lambda v: json.dumps({str(at): c for at, c in enumerate(v)}, ensure_ascii=False),
    "indented object": lambda v: json.dumps({str(at): c for at, c in enumerate(v)}, ensure_ascii=False, indent=2),
    "object of codes": lambda v: json.dumps({str(at): ord(c) for at, c in enumerate(v)}),
    "pairs": lambda v: str(list(enumerate(v))),
    "objects": lambda v: json.dumps([{"at": at, "sign": c} for at, c in enumerate(v)], ensure_ascii=False),
    "list": lambda v: str(list(v)),
    "list backwards": lambda v: str(list(v[::-1])),
    "indented list": lambda v: json.dumps(list(v), ensure_ascii=False, indent=2),
    "two separators": lambda v: "".join(c + "|-"[at % 2] for at, c in enumerate(v)),
    "three separators": lambda v: "".join(c + ("|", " - ", "::")[at % 3] for at, c in enumerate(v)),
    "Markdown": lambda v: of_thirds(v, "{}**{}**{}"),
    "tags": lambda v: of_thirds(v, "{}<b>{}</b>{}"),
    "comments": lambda v: of_thirds(v, "{}<!-- a > b -->{}<!-- -->{}"),
    "comments of C": lambda v: of_thirds(v, "{}/* */{}/* */{}"),
    "nothing wide": lambda v: of_thirds(v, "{}\u200b{}\u200b{}"),
    "base64 of backwards": lambda v: base64.b64encode(v[::-1].encode()).decode(),
    "base64 backwards": lambda v: base64.b64encode(v.encode()).decode()[::-1],
    "base64 of codes": lambda v: base64.b64encode(str([ord(c) for c in v]).encode()).decode(),
    "hexadecimal of backwards": lambda v: v[::-1].encode().hex(),
    "hexadecimal backwards": lambda v: v.encode().hex()[::-1],
}
BY_GROUPS = {
    "list": json.dumps,
    "object": lambda groups: json.dumps(dict(zip(string.ascii_lowercase, groups, strict=False))),
    "object of words": lambda groups: json.dumps(
        dict(zip("first second third fourth fifth sixth".split(), groups, strict=False))
    ),
    "bold": lambda groups: "-".join(f"<b>{group}</b>" for group in groups),
    "sum of strings": lambda groups: " + ".join(f"'{group}'" for group in groups),
}
SEPARATORS = ("|", "-", ".", ",", "/", "\n", "_", "x", "0", "\u200b", "\u2063", "||", ", ", " - ", "::", "<>", "·")


@pytest.mark.parametrize("frame", ["{}", "Result: {} (end)", "x = '{}'\n", "> {}"])
@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("value", VALUES)
def test_a_transformed_value_is_found(value, transform, frame):
    assert DISGUISES.among(frame.format(TRANSFORMS[transform](value)))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("value", [*PEOPLE, *NUMBERS, "anna.schmidt@example.org", "Bergmann Robotics"])
def test_a_value_spelled_in_pieces_or_codes_is_found(value, spelling):
    assert DISGUISES.among(f"Result: {SPELLINGS[spelling](value)} end.")


@pytest.mark.parametrize("grouping", BY_GROUPS)
@pytest.mark.parametrize("value", NUMBERS)
def test_groups_of_a_number_are_found(value, grouping):
    assert DISGUISES.among(f"Result: {BY_GROUPS[grouping](in_groups(value))} end.")


@pytest.mark.parametrize("base", [hex, oct, bin, lambda number: f"{number:X}", lambda number: f"{number:b}"])
@pytest.mark.parametrize("value", ["4111111111111111", "219-09-9999"])
def test_a_number_in_another_base_is_found(value, base):
    assert DISGUISES.among(f"Result: {base(int(value.replace('-', '')))} end")


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("value", ["Anna Schmidt", "4111111111111111"])
def test_a_value_with_each_sign_repeated_is_found(value, times):
    assert DISGUISES.among(f"Result: {''.join(sign * times for sign in value)} end")


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("value", VALUES)
def test_a_value_with_one_separator_between_its_characters_is_found(value, separator):
    if " " not in value or value in PEOPLE or not separator.isalnum():  # others are looked for as a whole
        assert DISGUISES.among(f"Result: {separator.join(value)} end")


@pytest.mark.parametrize("by", range(1, 26))
@pytest.mark.parametrize("value", [value for value in VALUES if any(c in string.ascii_letters for c in value)])
def test_shifted_letters_are_found(value, by):
    if sum(c in string.ascii_letters for c in max(value.split(), key=len)) >= 6:
        assert DISGUISES.among(f"Result: {shifted(value, by)} end")
        assert DISGUISES.among(shifted(value.upper(), by))


@pytest.mark.parametrize(
    "text",
    [
        "", "Hannah noticed a level racecar", "HR 98, 101, 99, 87, 92, 110; weights 65 66 67 68 69 70", "| a | b | c | d | e |",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "00:1a:2b:3c:4d:5e", "be a dad, add a cab, ace a fad",
        "1111111111111114 items", "    " * 40, "-----" * 40, "a, b, c, d, e, f, g", "17976931348623157 9007199254740993",
    ],
)  # fmt: skip
def test_ordinary_text_holds_no_disguise(text):
    values = ("Lee", "Adams", "Anna", "4111111111111112", "Ben Dover")
    assert not Disguises(values, values).among(text)


@examples(200)
@given(st.text(max_size=400))
def test_any_text_can_be_searched(text):
    DISGUISES.among(text)


@pytest.mark.parametrize(
    "unit", ["a", "ab", "a|", "41 ", "0x41 ", "4", "deadbeef", "S|c|h|", "    ", "Anna ", "tdimhcS ", "éx", "12345678901234567890 ", "u+"]
)  # fmt: skip
def test_cost_is_linear(unit):
    def cost(length):
        text = (unit * length)[:length]
        begun = time.thread_time()
        DISGUISES.among(text)
        return time.thread_time() - begun

    cost(1_000)
    assert any(cost(200_000) < 40 * max(cost(20_000), 0.003) for _ in range(3))


@pytest.mark.parametrize("value", ["Sondofelix", "Xondermal", "078-05-1120", "0305551234567"])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_value_but_for_its_first_or_last_sign_is_not_there(value, backwards):
    """The signs that the search adds around a text belong to no value."""
    disguises = Disguises([value], [value])
    spelt = "-".join(value[::-1] if backwards else value)
    for text in (spelt[2:], spelt[:-2], spelt[2:-2]):
        assert not disguises.among(text), text
    assert disguises.among(f"({spelt})")
