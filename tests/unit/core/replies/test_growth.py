"""What the stages of a reply cost grows with their input, in every dimension, at most in proportion."""

from __future__ import annotations

import pytest

from proxy.core.decision import contents
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.replies import guard, holding, openings, placement, restore
from proxy.core.replies.addresses import Origins
from proxy.core.replies.own_values import OwnValues
from proxy.core.replies.placement import Permissions
from proxy.core.replies.position import WORDS, Position, Role
from proxy.core.replies.removal import Removal, values
from proxy.core.replies.reply import ExpectedValues, ReplyFilters
from proxy.core.search.json_context import JsonContext
from testing import models
from testing.growth import check_linear

SCANNER = models.scanner()
TYPES = frozenset({"US_SSN", "EMAIL_ADDRESS", "CREDENTIAL", "PHONE_NUMBER", "CREDIT_CARD"})
KINDS = dict.fromkeys(TYPES, "govid")
NAMES = {"Name_KQTMXBZRWD": 'An"na'}
#: What a text repeats: ordinary, and what readers of JSON, of escapes, of numbers and of encodings may stumble over.
UNITS = (
    "Please call Maria about the invoice, thanks. ", "Call 0228 55 47 11 or 4111 1111 1111 1111 now. ", '"\\', "\\",
    '"', '{"a":[', "[", '{"a":', "-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN ", "a", "Anna ", "1", "1 ", "a@",
    "a@b.de ", "4a6f", "TWFyaWEg", "%41", "\\u0041", '{\\"a\\":\\"b\\"}', "ü", "漢", "Name_KQTMXBZRWD ", "Name_KQTM",
    "\n", " ", "-", "password: ", "&#64;", '{"name": "Ada", "n": 12345678}, ',
)  # fmt: skip
#: What a stand-in is repeated with: what opens, closes, joins or encodes in some markup.
SEPARATORS = (
    "", "x", "_", "-", ".", "/", "\\", ":", "@", "?", "#", "&", "%", "=", "+", "~", "*", "|", ",", "(", ")", "[", "]", "<", ">", "{", "}", "'", '"',
    "`", " ", "\n", "\t", "\n\n", "](", "[x](", "![x](", "]: ", '="', "='", "<a ", "<a b='", "<b>", "</b>", "<script>", "<!--", "//", "://",
    "https:", "https://", "https://ok.test/", " https://ok.test/", "www.", ".com", "a@", "&amp;", "&#64;", "%2F", "\\/", "\\u0041", "\u200b",
    "\u3002", "\uff0f", "ü", "```\n", "~~~\n", "\n```\n",
)  # fmt: skip
PLACES = (WORDS, Position(Role.ARGUMENTS, document=True, tool="bash"))
SIZE = 1_000
PIECE = 200


@pytest.fixture(autouse=True)
def holds_back_little(monkeypatch):
    """Have the guard hold back, and restoring leave unread, less than the smallest text: else costs rise in a step."""
    for module in (guard, holding):
        monkeypatch.setattr(module, "RUN_WINDOW", 128)
    monkeypatch.setattr(guard, "_RUN_STEP", 64)
    monkeypatch.setattr(placement, "_UNREAD", 64)
    for module in (placement, restore):
        monkeypatch.setattr(module, "LOOKAHEAD", 64)
    for name in ("_WINDOW", "_LONGEST", "OVERLAP"):
        monkeypatch.setattr(openings, name, 64)


def filters(names=NAMES, own=()):
    return ReplyFilters(names, TYPES, SCANNER.scan, ExpectedValues(OwnValues(own), names))


def text_of(unit, size):
    return (unit * (size // len(unit) + 1))[:size]


def filtered(text, position=WORDS, piece=1 << 30):
    text_filter = filters().make(position)
    parts = [text_filter.feed(text[at : at + piece]) for at in range(0, len(text), piece)]
    return "".join([*parts, text_filter.flush()])


@pytest.mark.parametrize("document", [False, True])
@pytest.mark.parametrize("unit", UNITS)
def test_whole_texts(unit, document):
    position = Position(document=document)
    check_linear(lambda times: lambda: filtered(text_of(unit, SIZE * times), position))


@pytest.mark.parametrize("unit", UNITS)
def test_texts_in_pieces(unit):
    check_linear(lambda times: lambda: filtered(text_of(unit, SIZE * times), piece=PIECE))


@pytest.mark.parametrize("piece", [7, 1 << 30])
@pytest.mark.parametrize("unit", UNITS)
def test_context(unit, piece):
    def follow(text):
        context = JsonContext(document=True)
        for at in range(0, len(text), piece):
            context.feed(text[at : at + piece])

    check_linear(lambda times: lambda: follow(text_of(unit, 4_000 * times)))


@pytest.mark.parametrize("position", PLACES)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_stand_ins_in_a_row(separator, position):
    names = {"Name_KQTMXBZRWD": "AnnabellaLovelace"}
    permissions = Permissions(Origins(["https://ok.test/"]), frozenset({"bash"}))

    def restored(times):
        text = f"Name_KQTMXBZRWD{separator}" * (16 * times)

        def run():
            text_filter = ReplyFilters(names, frozenset(), SCANNER.scan, permissions=permissions).make(position)
            return [text_filter.feed(text[at : at + PIECE]) for at in range(0, len(text), PIECE)] + [
                text_filter.flush()
            ]

        return run

    check_linear(restored)


def number(count):
    """Return the social security number of that many."""
    return f"{219 + count % 400:03}-{10 + count // 400 % 89:02}-{1000 + count:04}"


def test_texts_of_a_reply():
    def judged(times):
        texts = [f"Text {count} about nothing." for count in range(200 * times)]
        return lambda: contents.read(texts, SCANNER.scan, ExpectedValues(OwnValues([]), {}), KINDS)

    check_linear(judged)


def test_findings_of_a_reply():
    def judged(times):
        text = " and ".join(map(number, range(40 * times)))
        return lambda: contents.read([text], SCANNER.scan, ExpectedValues(OwnValues([text]), {}), KINDS)

    check_linear(judged)


def test_pseudonyms_that_come_back():
    def restored(times):
        names = {f"Name_{count:06}QXZ": f"An{count}na" for count in range(100 * times)}
        text = " ".join(names)

        def run():
            text_filter = filters(names).make(WORDS)
            return text_filter.feed(text) + text_filter.flush()

        return run

    check_linear(restored)


def test_values_beside_many_pseudonyms():
    def spared(times):
        names = {f"Name_{count:06}QXZ": "Anna" for count in range(300 * times)}
        expected = ExpectedValues(OwnValues([]), names)
        return lambda: [expected("US_SSN", number(count)) for count in range(50)]

    check_linear(spared)


@pytest.mark.parametrize("unit", ["x1 y2 ", "11111 ", "219-09-9999 "])
def test_values_of_the_request(unit):
    def compared(times):
        own = OwnValues([text_of(unit, 50_000 * times)])
        return lambda: [own.hold(number(count)) for count in range(100 * times)]

    check_linear(compared)


def names_of(times):
    return {f"Person {count:05} Sample": "PERSON" for count in range(100 * times)}


def test_removed_values():
    def removed(times):
        named, text = names_of(times), " met ".join(names_of(times))
        return lambda: Removal(named)(text)

    check_linear(removed)


def test_values_to_remove():
    def collected(times):
        texts = list(names_of(times))
        found = [SegmentFindings((Finding("PERSON", 0, len(text), 1.0, "x"),)) for text in texts]
        expected = ExpectedValues(OwnValues(texts[:50]), {})
        return lambda: values(texts, found, frozenset({"PERSON"}), expected)

    check_linear(collected)
