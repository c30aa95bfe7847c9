from __future__ import annotations

import json
import re

import pytest

from proxy.core.findings import Finding
from proxy.core.replies.guard import StreamGuard
from proxy.core.replies.holding import RUN_WINDOW
from proxy.core.replies.own_values import OwnValues

PATTERNS = (
    ("US_SSN", re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")),
    ("CREDIT_CARD", re.compile(r"(?<!\d)\d{4}( ?)\d{4}\1\d{4}\1\d{4}(?!\d)")),
    ("CREDENTIAL", re.compile(r"-----BEGIN KEY-----[^-]*-----END KEY-----|(?<=password: )\w+|sk-\w{8,}")),
)


def scan(text: str) -> tuple[Finding, ...]:
    return tuple(Finding(t, m.start(), m.end(), 1.0, "test") for t, p in PATTERNS for m in p.finditer(text))


def guard(*own: str) -> StreamGuard:
    return StreamGuard(scan, ("US_SSN", "CREDENTIAL", "CREDIT_CARD"), lambda _, value: OwnValues(own).hold(value))


def feed(one: StreamGuard, *chunks: str) -> list[str]:
    return [*map(one.feed, chunks), one.flush()]


def test_identifier_split_over_chunks_is_taken_out() -> None:
    one = guard()
    assert "".join(feed(one, "His SSN is 212", "-45-", "6789, ok")) == "His SSN is 212-45-6789, ok".replace(
        "212-45-6789", "[US_SSN]"
    )
    assert one.redacted == {"US_SSN": 1}


def test_number_in_groups_is_held_until_it_cannot_go_on() -> None:
    pieces = feed(guard(), "card 4111 ", "1111 1111 ", "1111", " is it, and ", "that is all there is to it", " now")
    assert pieces == ["card ", "", "", "", "[CREDIT_CARD] is it, and that is all there is to ", "it ", "now"]


def test_own_values_of_the_request_pass() -> None:
    assert guard("212 45 6789").whole("212-45-6789 and 212-45-6780") == "212-45-6789 and [US_SSN]"


def test_types_outside_the_list_pass() -> None:
    assert StreamGuard(scan, ("CREDENTIAL",)).whole("212-45-6789") == "212-45-6789"


def test_pem_block_is_held_from_its_first_line() -> None:
    block = "-----BEGIN KEY-----\nAbc dEf\nghi\n-----END KEY-----"
    result = feed(guard(), "Here:\n", *block.splitlines(keepends=True), "\nthat was it")
    assert result[:4] == ["Here:\n", "", "", ""]
    assert "".join(result) == "Here:\n[CREDENTIAL]\nthat was it"


def test_announced_secret_of_plain_letters_is_taken_out() -> None:
    assert (
        "".join(feed(guard(), "The password", ": ", "hunter", "xy ", "good luck"))
        == "The password: [CREDENTIAL] good luck"
    )


def test_script_without_spaces_is_not_held() -> None:
    assert guard().feed("你好世界") == "你好世界"


def test_endless_run_is_released_at_the_window() -> None:
    one = guard()
    sent = "".join(one.feed("a" * 1000) for _ in range(20))
    assert 0 <= 20_000 - RUN_WINDOW - len(sent) < 4096
    assert sent + one.flush() == "a" * 20_000


@pytest.mark.parametrize("text", ["Zm9vYmFyMTIz" * 2_000, "1234" * 6_000, "a=1,b=22," * 2_500])
def test_a_long_run_without_white_space_is_not_scanned_for_every_token(text):
    """Base64, minified code: the work stays linear in the stream."""
    read = 0

    def scan(part):
        nonlocal read
        read += len(part)
        return ()

    guard = StreamGuard(scan, ["US_SSN"])
    said = "".join([guard.feed(text[at : at + 4]) for at in range(0, len(text), 4)]) + guard.flush()
    assert said == text
    assert read < 16 * len(text)


@pytest.mark.parametrize(
    "spelled",
    [
        "p.achterberg%40zuidland.test", "p.achterberg&#64;zuidland.test", "p.achterberg\\u0040zuidland.test",
        "p.achter\u200bberg@zuid\u200bland.test", "cC5hY2h0ZXJiZXJnQHp1aWRsYW5kLnRlc3Q=", "\uff55ser@zuidland.test",
    ],
)  # fmt: skip
def test_a_value_is_taken_out_however_its_word_is_spelled(spelled: str) -> None:
    text = f"Write to {spelled} today."
    assert _mail().whole(text) == "Write to [EMAIL_ADDRESS] today."
    one = _mail()
    assert "".join(map(one.feed, text)) + one.flush() == "Write to [EMAIL_ADDRESS] today."


def test_what_the_request_held_passes_in_another_spelling() -> None:
    own = OwnValues(["Mail p.achterberg@zuidland.test"])
    spelled = "see mailto:p.achterberg%40zuidland.test"
    assert _mail(lambda _, value: own.hold(value)).whole(spelled) == spelled


@pytest.mark.parametrize(
    "text",
    [r"a\nuser@zuidland.test", r"\u0022p.achterberg\u0040zuidland.test", r"see p.achter\\u0062erg@zuidland.test\ttoo"],
)
def test_in_json_a_value_is_what_the_string_says(text: str) -> None:
    seen = []
    guard = _mail(lambda _, value: seen.append(value) or False, document=True)
    made = json.loads(guard.whole(json.dumps([json.loads(f'"{text}"')])))
    assert "@" not in made[0]
    assert "[EMAIL_ADDRESS]" in made[0]
    assert not any("nuser" in value or "0022p" in value for value in seen)


def test_in_json_a_value_is_found_as_it_stands_too() -> None:
    def floors(text: str) -> tuple[Finding, ...]:
        return tuple(Finding("X", m.start(), m.end(), 1.0, "t") for m in re.finditer("45, 2\u00baB", text))

    text = '{"a": "Calle 45, 2\u00baB\\nMadrid"}'
    assert StreamGuard(floors, ("X",), document=True).whole(text) == '{"a": "Calle [X]\\nMadrid"}'


def _mail(spared=lambda _, __: False, *, document: bool = False) -> StreamGuard:
    pattern = re.compile(r"[a-z.]+@[a-z.]+[a-z]")

    def mails(text: str) -> tuple[Finding, ...]:
        return tuple(Finding("EMAIL_ADDRESS", m.start(), m.end(), 1.0, "test") for m in pattern.finditer(text))

    return StreamGuard(mails, ("EMAIL_ADDRESS",), spared, document=document)


@pytest.mark.parametrize(
    "document",
    [
        {"n": 5425233430109903}, [1, 5425233430109903, 2], {"text": json.dumps({"n": 5425233430109903, "m": "x"})},
        {"text": "Here:\n" + json.dumps([7, 5425233430109903])},
        {"a": json.dumps({"b": json.dumps({"c": [5425233430109903], "d": {"e": 5425233430109903}})})},
    ],
)  # fmt: skip
def test_numbers_taken_out_of_json_leave_json_as_deep_as_it_is_nested(document) -> None:
    text = json.dumps(document)
    made = StreamGuard(scan, ("CREDIT_CARD",), document=True).whole(text)
    assert "5425233430109903" not in made
    assert _shape(json.loads(made)) == _shape(document)
    one = StreamGuard(scan, ("CREDIT_CARD",), document=True)
    assert "".join(map(one.feed, text)) + one.flush() == made


def _shape(value):
    """The structure of a document, of JSON in its strings too."""
    if isinstance(value, str):
        try:
            inner = json.loads(value[value.find("[") if value.startswith("Here") else 0 :])
        except ValueError:
            return "leaf"
        return ("json", _shape(inner))
    if isinstance(value, dict):
        return {key: _shape(one) for key, one in value.items()}
    return [_shape(one) for one in value] if isinstance(value, list) else "leaf"
