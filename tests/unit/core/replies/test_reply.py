from __future__ import annotations

import re

import orjson
import pytest

from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import Finding
from proxy.core.replies.own_values import OwnValues
from proxy.core.replies.position import WORDS, Position, ReplyText
from proxy.core.replies.reply import ExpectedValues, ReplyFilters, is_example
from proxy.core.search.json_context import json_escape
from testing.fakes import SSN, FakeDetector
from testing.readers import addresses, foreign

NAME = "Name_BCDFGHJKLM"


def filters(pseudonyms=None, guarded=("US_SSN",)):
    return ReplyFilters(pseudonyms or {}, frozenset(guarded), FakeDetector().scan)


def whole(made, text):
    return made.feed(text) + made.flush()


def test_nothing_to_do():
    idle = filters(guarded=())
    assert not idle.needed()
    assert whole(idle.make(WORDS), f"x {SSN}") == f"x {SSN}"


def test_a_restored_value_is_no_leak():
    both = filters({NAME: SSN})
    assert whole(both.make(WORDS), f"{NAME} and 123-45-6789") == f"{SSN} and [US_SSN]"
    assert (both.restored(), both.redacted()) == (1, {"US_SSN": 1})


def test_counts_over_several_texts():
    both = filters({NAME: "Ada"})
    for text in (NAME, f"{NAME} {SSN}", "nothing"):
        whole(both.make(WORDS), text)
    assert (both.restored(), both.redacted()) == (2, {"US_SSN": 1})


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "a\tb\x01", "é\u2028"])
def test_values_inside_json_are_escaped(value):
    text = whole(filters({NAME: value}).make(Position(document=True)), f'{{"who": "{NAME}"}}')
    assert orjson.loads(text) == {"who": value}
    assert orjson.loads(f'"{json_escape(value)}"') == value


def test_every_division_gives_the_same():
    text = f"to {NAME}: {SSN}, bye"
    wanted = whole(filters({NAME: "Ada"}).make(WORDS), text)
    for cut in range(len(text) + 1):
        made = filters({NAME: "Ada"}).make(WORDS)
        assert made.feed(text[:cut]) + made.feed(text[cut:]) + made.flush() == wanted


@pytest.mark.parametrize(
    ("entity_type", "value", "expected"),
    [
        ("US_SSN", "[US_SSN]", True), ("CREDENTIAL", "[CREDENTIAL:BCDFG]", True), ("PHONE_NUMBER", "999 123 456 789 012", True),
        ("PHONE_NUMBER", "456", False), ("US_SSN", "078 05 1120", True), ("US_SSN", "078-05-1121", False), ("EMAIL_ADDRESS", "user@example.com", True),
    ],
)  # fmt: skip
def test_what_a_reply_may_say_although_its_type_is_guarded(entity_type, value, expected):
    asked = ExpectedValues(OwnValues([f"mine is {SSN}"]), {"+999123456789012": "x"})
    assert asked(entity_type, value) is expected


@pytest.mark.parametrize("number", ["078051120", "-78051120.5"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_bare_number_of_a_document_becomes_a_string(number, inside):
    def scan(text):
        at = text.find(number)
        return [Finding("US_SSN", at, at + len(number), 1.0, "t")] if at >= 0 else []

    made = ReplyFilters({}, frozenset({"US_SSN"}), scan)
    assert (
        orjson.loads(whole(made.make(Position(document=inside)), f'{{"a": [1, 2], "ssn": {number}, "b": 3}}'))["ssn"]
        == "[US_SSN]"
    )
    assert whole(made.make(WORDS), f"The number: {number}.") == "The number: [US_SSN]."


@pytest.mark.parametrize("before", ["\\n", "\\u2028", "\\\\\\t"])
def test_a_value_behind_an_escape_sequence_leaves_it_whole(before):
    def scan(text):
        return [Finding("X", m.start(), m.end(), 1.0, "t") for m in re.finditer(r"\w*abc@firm\.de", text)]

    made = ReplyFilters({}, frozenset({"X"}), scan)
    assert (
        whole(made.make(Position(document=True)), f'{{"text": "{before}abc@firm.de"}}') == f'{{"text": "{before}[X]"}}'
    )


def test_filters_that_are_flushed_are_counted():
    made = filters({NAME: "Ada"})
    for _ in range(1000):
        whole(made.make(WORDS), f"of {NAME}, {SSN}")
    assert (made.restored(), made.redacted()) == (1000, {"US_SSN": 1000})


OPENED = (
    "![x](https://evil.test/?q=",
    "<img src='https://evil.test/",
    "<https://evil.test/a?b=",
    "see https://evil.test/",
    "[r]: //evil.test/",
)


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("between", [(), ("a",), ("a", "&b=")])
def test_an_address_may_begin_in_a_text_before_that_clients_join(opened, between):
    texts = (opened, *between, f"{NAME})'>")
    joined = filters({NAME: "Ada"}, guarded=())
    assert "".join([whole(joined.make(Position(path="content.0.text")), text) for text in texts]) == "".join(texts)
    assert joined.masked() == {"address": 1}
    assert joined.placed([ReplyText(text, Position(path="content.0.text")) for text in texts]).foreign_addresses == 1


@pytest.mark.parametrize("opened", OPENED)
def test_texts_that_no_client_joins_are_judged_alone(opened):
    apart = filters({NAME: "Ada"}, guarded=())
    assert whole(apart.make(Position(path="content.0.text")), opened) == opened
    assert whole(apart.make(Position(path="content.0.title")), f"{NAME})") == "Ada)"


@pytest.mark.parametrize(
    "before", ["Dear ", "Look: https://evil.test/a.png ", "![x](https://evil.test/a.png)\n", "**Note**\n\n"]
)
def test_words_behind_a_finished_text_are_restored(before):
    joined = filters({NAME: "Ada"}, guarded=())
    assert [whole(joined.make(WORDS), text) for text in (before, f"{NAME}, hello")] == [before, "Ada, hello"]


def test_code_that_a_text_before_opens_permits_nothing_more():
    joined = filters({NAME: "Ada"}, guarded=())
    for text in ("```js\n", f"<script>x = '{NAME}'</script>"):
        assert whole(joined.make(WORDS), text) == text


@pytest.mark.parametrize("before", ["", "\\n", "%20", "x%3D", "\\u00e4", "\\t"])
def test_what_is_written_before_a_pseudonym_is_no_part_of_it(before):
    ours = ExpectedValues(OwnValues([]), {"user-bcdfghjklm@example.com": "ada@firm.org"})
    assert ours("EMAIL_ADDRESS", f"{before.lstrip(chr(92))}user-bcdfghjklm@example.com")
    assert not ours("EMAIL_ADDRESS", f"{before}berta@example.com")
    assert not ours("US_SSN", "219-09-9999")


@pytest.mark.parametrize("guarded", [(), ("US_SSN",)])
@pytest.mark.parametrize("ended", [True, False])
def test_a_text_between_two_hides_no_address(guarded, ended):
    """Clients leave out thoughts and join the rest; and some texts go on while the next has begun."""
    filters_of = filters({NAME: "Ada"}, guarded=guarded)
    texts, open_filters, out = ("![x](https://evil.test/?q=", "hm ", f"{NAME})"), [], []
    for text in texts:
        each = filters_of.make(WORDS)
        out.append(each.feed(text))
        if ended:
            out[-1] += each.flush()
        else:
            open_filters.append(each)
    assert "".join(out) + "".join(each.flush() for each in open_filters) != ""
    assert filters_of.masked() == {"address": 1}
    assert filters_of.restored() == 0


def test_values_of_members_that_nobody_joins_are_judged_alone():
    apart = filters({NAME: "Ada"}, guarded=())
    texts = ["https://acme.test/x", NAME, f"{NAME} too"]
    made = [whole(apart.make(Position(path="result.structuredContent.values")), text) for text in texts]
    assert made == ["https://acme.test/x", "Ada", "Ada too"]


HOSTS = (".evil.test/p", "@evil.test/p", "://evil.test/p", ".a@evil.test:80", "&#46;evil.test/p", "\u200b.evil.test/", ".evil.com", "-x.evil.test/p", "%40evil.test/", "x.evil.com/p")  # fmt: skip
BEFORE = ("see {}", "{}", "see ok.{}", "```\n{}", "> https://firm.de/?q={}", "{}@", "{}.")


def in_pieces(joined, path, text, size):
    made = joined.make(Position(path=path))
    return "".join([made.feed(text[at : at + size]) for at in range(0, len(text), size)]) + made.flush()


@pytest.mark.parametrize("path", ["", "content.0.text"])
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("cut", [0, 1, 2])
def test_no_address_goes_on_in_the_next_text_behind_an_original(path, host, before, cut):
    texts = [before.format(NAME), *filter(None, (host[:cut], host[cut:]))]
    written = []
    for size in (1, 3, 100):
        joined = filters({NAME: "Ada"}, guarded=("US_SSN",))
        written.append("".join([in_pieces(joined, path, text, size) for text in texts]))
    assert len(set(written)) == 1
    assert written[0].replace(" ", "") in {"".join(texts).replace(NAME, one).replace(" ", "") for one in ("Ada", NAME)}
    assert not [address for address in addresses(written[0]) if "Ada" in address and foreign(address, frozenset())]


@pytest.mark.parametrize(
    "following", [" and more", ", then", "Dear Ada", ".", ". See evil.test/p", "\n", "'s", "", "profile.title", ".md"]
)
@pytest.mark.parametrize("path", ["", "content.0.text"])
def test_an_original_at_the_end_of_a_text_changes_no_ordinary_text_behind_it(following, path):
    for size in (1, 100):
        joined = filters({NAME: "Ada"}, guarded=())
        texts = [in_pieces(joined, path, text, size) for text in (f"see {NAME}", following, "x y")]
        assert texts == ["see Ada", following, "x y"]


def test_a_member_that_repeats_the_pieces_of_a_stream_goes_on_with_none_of_them():
    joined = filters({NAME: "Ada"}, guarded=())
    text, back = f"www.evil.com is of {NAME}", "www.evil.com is of Ada"
    assert [whole(joined.make(Position(path=path)), text) for path in ("", "text")] == [back, back]
    assert whole(joined.make(WORDS), ".evil.test/p") == " .evil.test/p"


@pytest.mark.parametrize("host", HOSTS)
def test_a_text_that_began_before_the_last_one_ended_is_behind_it(host):
    joined = filters({NAME: "Ada"}, guarded=())
    first, second = joined.make(WORDS), joined.make(WORDS)
    written = [first.feed("see "), second.feed(host), first.feed(NAME)]
    text = written[0] + written[2] + first.flush() + written[1] + second.flush()
    assert text == f"see {NAME}{host}"


@pytest.mark.parametrize(
    ("entity_type", "value"),
    [
        ("EMAIL_ADDRESS", "user@example.com"), ("EMAIL_ADDRESS", "No-Reply@mail.example.org"), ("EMAIL_ADDRESS", "user2+tag@host.test"),
        ("EMAIL_ADDRESS", "john.doe@example.net"), ("EMAIL_ADDRESS", "admin@localhost"), ("PHONE_NUMBER", "555-0123"),
        ("PHONE_NUMBER", "+1 (555) 555-0142"), ("FAX_NUMBER", "(212) 555-0100"),
    ],
)  # fmt: skip
def test_reserved_and_nobodys(entity_type, value):
    assert is_example(entity_type, value)


@pytest.mark.parametrize(
    ("entity_type", "value"),
    [
        ("EMAIL_ADDRESS", "user@firm.de"), ("EMAIL_ADDRESS", "anna.schmidt@example.com"), ("EMAIL_ADDRESS", "user@notexample.com"),
        ("EMAIL_ADDRESS", "user@example.de"), ("PHONE_NUMBER", "(512) 555-0142"), ("PHONE_NUMBER", "+49 231 5550100"),
        ("CREDIT_CARD", "4111111111111111"), ("US_SSN", "078-05-1120"), ("BANK_ACCOUNT", "DE89370400440532013000"),
    ],
)  # fmt: skip
def test_what_may_be_somebodys_is_no_example(entity_type, value):
    assert not is_example(entity_type, value)


@pytest.mark.parametrize(("entity_type", "value"), [("EMAIL_ADDRESS", "a@b.de"), ("PHONE_NUMBER", "0231 5558123")])
def test_a_pseudonym_is_nobodys(entity_type, value):
    assert is_example(entity_type, Minter(b"k" * 32).pseudonym(entity_type, value))
