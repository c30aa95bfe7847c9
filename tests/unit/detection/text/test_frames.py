"""Whatever frames a value, the value is covered and the frame is not; whatever crosses a border is cut there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.findings import Finding
from proxy.detection.text.frames import framed
from testing import models

LOCAL = st.from_regex(r"\A[a-z]{2,8}(?:[._+-][a-z0-9]{3,8}){0,2}\Z")
ADDRESS = st.builds(
    "{}@{}.{}".format, LOCAL, st.sampled_from(["web", "mail.firm", "x-y"]), st.sampled_from(["de", "com", "example"])
)
KEY = st.sampled_from(["mail", "user.email", "to", "E_MAIL", "login-name", "x1"])
#: What may stand before an address and be taken for its local part, as a pattern takes it.
FRAMES = [
    "{k}={v}", "'{v}", '"{v}', "{k}='{v}", '{k}="{v}', "`{v}", "<{v}", "({v}", "//host.test/u?{k}={v}", "//h/p?a=1&{k}={v}", "/u?{k}={v}", "//h/{v}",
]  # fmt: skip
WORD = st.from_regex(r"\A[A-Z][a-zé]{1,9}\Z")
BORDERS = ["\n", "\r\n", "\t", "|", ";", ",", '","', "', '", "';'", '", "', "\n|"]


def spans(text: str, *findings: Finding) -> list[str]:
    return [text[one.start : one.end] for one in framed(text, findings)]


@given(
    ADDRESS,
    KEY,
    st.sampled_from(FRAMES),
    st.sampled_from(["", "x ", "it's "]),
    st.sampled_from(["", "'", "&a=1", " y"]),
)
def test_address_is_covered_and_its_frame_is_not(address, key, frame, before, after):
    held = frame.format(k=key, v=address)
    text = before + held + after
    found = Finding("EMAIL_ADDRESS", len(before), len(before) + len(held), 0.95, "email")
    assert spans(text, found) == [address]


BEFORE = [
    "'", '"', "<", "(", "{", "[", "`", "|", "foo|", "&", "?a=b&e=", "?", "#", "/", "~/", "path/to/", "!", "=", "==", "!=", "&&", "*", "**", "_", "__", "+",
    "--", "--mail=", "$", "${", "^", "@", "%22", "%3D", "%20", "\\n", "\\t", "\\r\\n", '\\"', "x='", "--from='", "TO=", "s/", "=`", "mailto:?to=", '{"a":"',
]  # fmt: skip
BEHIND = [
    "",
    "'",
    '"',
    "`",
    ")",
    ">",
    "}",
    "]",
    ",",
    ";",
    ":",
    "/",
    "?x=1",
    "|",
    "*",
    "**",
    "_",
    "\\n",
    "%22",
    ".",
    "!",
    "='",
    "'}",
    "</a>",
    "'s",
]


@pytest.mark.parametrize("before", BEFORE)
def test_an_address_in_code_leaves_its_frame(before):
    address = "anna.m@b-co.com"
    for behind in BEHIND:
        text = f"x {before}{address}{behind} y"
        assert [text[f.start : f.end] for f in framed(text, models.scanner().scan(text))] == [address], text


@pytest.mark.parametrize("quoted", ["E'{}'", "u'{}',", "b'{}')"])
def test_a_string_with_a_prefix_keeps_it(quoted):
    text = quoted.format("anna@web.de")
    assert [text[f.start : f.end] for f in framed(text, models.scanner().scan(text))] == ["anna@web.de"]


@pytest.mark.parametrize(
    "text",
    ["look at @config.json", "@property", "@staticmethod def", "@angular/core.module", "@pytest.mark.asyncio", "A@B.transpose()", "self.W@x.T", "w@h.mean(axis=0)", "a@b.cT", "by a corresponding @ffi.def_extern() function"],
)  # fmt: skip
def test_code_with_a_sign_of_addresses_is_no_address(text):
    found = framed(text, models.scanner().scan(text))
    assert [finding for finding in found if finding.entity_type == "EMAIL_ADDRESS"] == []


@given(ADDRESS)
def test_address_alone_stays_whole(address):
    assert spans(address, Finding("EMAIL_ADDRESS", 0, len(address), 0.95, "email")) == [address]


@pytest.mark.parametrize(
    "address",
    ["o'brien@web.de", "bounce+anna=web.de@list.org", "anna=web.de@list.org", "anna @web.de", "anna @ web.de", "{anna@web.de"[1:], "=@web.de", "anna%40web.de"],
)  # fmt: skip
def test_what_belongs_to_an_address_stays(address):
    assert spans(address, Finding("EMAIL_ADDRESS", 0, len(address), 0.95, "email")) == [address]


@given(
    KEY,
    st.from_regex(r"\A[A-Z]{2}\d{2}(?: ?\d{4}){3,5}\Z"),
    st.sampled_from(["BANK_ACCOUNT", "PASSPORT", "IP_ADDRESS", "VEHICLE_ID"]),
)
def test_key_of_a_number_is_no_part_of_it(key, number, kind):
    text = f"{key}={number}"
    assert spans(text, Finding(kind, 0, len(text), 0.9, "rule")) == [number]


@given(
    st.lists(WORD, min_size=2, max_size=5),
    st.sampled_from(BORDERS),
    st.sampled_from(["PERSON", "LOCATION", "ORGANIZATION", "USERNAME"]),
)
def test_words_in_several_lines_or_cells_are_cut_and_all_covered(words, border, kind):
    text = border.join(words)
    cut = spans(text, Finding(kind, 0, len(text), 0.9, "classifier"))
    assert cut == words


@given(
    st.lists(WORD, min_size=2, max_size=3).map(" ".join),
    st.sampled_from(["{}", "{}, {}", "{} & {}", "{}-{}", "{}/{}", "{} '{}'"]),
)
def test_words_of_one_name_stay_together(name, shape):
    text = shape.format(name, "Oriel")
    assert spans(text, Finding("PERSON", 0, len(text), 0.9, "classifier")) == [text]


@given(st.text(alphabet="ab1 \n\t|,;'\"=@/?&.", max_size=40), st.sampled_from(["EMAIL_ADDRESS", "PERSON", "DATE", "STREET_ADDRESS", "BANK_ACCOUNT", "CREDENTIAL", "URL"]), st.sampled_from(["classifier", "rule", "mention", "encoded:rule"]))  # fmt: skip
def test_parts_lie_in_the_finding_in_order_and_hold_something(text, kind, recognizer):
    if not text:
        return
    parts = list(framed(text, [Finding(kind, 0, len(text), 0.9, recognizer)]))
    ends = [0, *(border for one in parts for border in (one.start, one.end)), len(text)]
    assert ends == sorted(ends)
    assert all(one.end > one.start for one in parts)


@pytest.mark.parametrize("text", ["look at @config.json", "compare @src/app.ts with @old.py", "siehe @daten.csv"])
def test_mentioned_file_is_nobody(text):
    assert not models.reader().read([text])[0].findings


@pytest.mark.parametrize(
    "text",
    [
        "git config user.email 'anna.schmidt@web.de'", "curl -s 'https://api.internal/users?email=anna.schmidt@web.de&full=1'",
        "mail=anna.schmidt@web.de", "user=anna.schmidt@web.de;password=x", "VALUES ('anna.schmidt@web.de')", "iban=DE89370400440532013000;x=1",
    ],
)  # fmt: skip
def test_value_is_found_without_its_frame_by_the_whole_engine(text):
    [value] = re.findall(r"anna\.schmidt@web\.de|DE\d+", text)
    found = models.reader().read([text])[0].findings
    assert value in [text[one.start : one.end] for one in found]


@pytest.mark.parametrize("kind", ["PERSON", "DATE", "BANK_ACCOUNT"])
def test_encoded_part_is_never_cut(kind):
    text = "mail=QW5u\nYSBT;Y2g,"
    assert spans(text, Finding(kind, 0, len(text), 0.9, "encoded:classifier")) == [text]


def test_name_in_entities_stays_one():
    text = "Sehr geehrte Frau &#83;&#99;&#104;&#109;&#105;&#100;&#116;, Ihr Paket ist da."
    found = models.reader().read([text])[0].findings
    assert [text[one.start : one.end] for one in found if one.entity_type == "PERSON"] == [
        "&#83;&#99;&#104;&#109;&#105;&#100;&#116;"
    ]


@pytest.mark.parametrize("number", ["", "  12\t", "12: ", "12 | "])
@pytest.mark.parametrize(
    ("mention", "behind"),
    [
        ("comment.setter", "def comment(self):"),
        ("functools.lru", "_cache()"),
        ("Override", "public void run() {"),
        ("Vrombik", "export class Annegret {"),
    ],
)
def test_a_decorator_mentions_nobody(number, mention, behind):
    line = f"{number}    @{mention}"
    text = f"{line}{behind}" if behind.startswith("_") else f"{line}\n{number}    {behind}"
    start = text.index("@") + 1
    finding = Finding("USERNAME", start, start + len(mention), 0.5, "mention")
    assert spans(text, finding) == []
    assert spans(f"{number}@{mention}\nplease look", finding.at(len(number) + 1, len(number) + 1 + len(mention)))
