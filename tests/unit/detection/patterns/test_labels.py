"""A check digit beats a word: labels of other numbers x kinds x languages x spellings."""

from __future__ import annotations

import pytest

from proxy.detection.languages import LANGUAGES, words
from proxy.detection.patterns.pattern import CHECKED_DIGITS
from proxy.detection.patterns.recognizers import PATTERNS
from proxy.detection.patterns.scanner import REPORTED
from testing import models, sampling

pytestmark = pytest.mark.heavy

SCANNER = models.scanner()
#: Labels that the languages' files list, and some that they do not.
LABELS = sorted(
    {*words("other_numbers"), "SKU", "PO", "asset tag", "Teilenummer", "Modell", "numéro de série", "número de pieza",
     "lotto", "onderdeelnummer", "numer partii", "número do lote", "заказ"}
)  # fmt: skip
FORMS = (
    "{label} {value}",
    "{label} #{value}: Anna",
    "{label}-{value}",
    '{{"{label}": "{value}"}}',
    "{label} no. {value}.",
)
CARDS = {
    "visa": "4111111111111111", "visa 13": "4222222222222", "visa 19": "4000000000000000006", "mastercard": "5555555555554444",
    "mastercard 2": "2223003122003222", "amex": "378282246310005", "diners": "30569309025904", "discover": "6011111111111117",
    "jcb": "3530111333300000", "unionpay": "6200000000000005", "maestro": "6759649826438453", "mir": "2200000000000004",
}  # fmt: skip
#: Kinds that speak for themselves, without a word of their own.
ALONE = [
    pattern
    for pattern in PATTERNS
    if pattern.check is not None and pattern.score >= REPORTED and pattern.wary != "always" and pattern.country
    and "(?P<v>" not in pattern.body
]  # fmt: skip
FEW = {
    "at_svnr",
    "in_aadhaar",
    "pl_id_card",
    "in_voter",
    "kvnr",
    "dea",
}  # one digit checks, in no groups: see LIMITATIONS


def covered(text: str, value: str) -> bool:
    start = text.index(value)
    marks = bytearray(len(text))
    for finding in SCANNER.scan(text):
        marks[finding.start : finding.end] = b"\1" * (finding.end - finding.start)
    return all(marks[start : start + len(value)])


def spellings(number: str):
    groups = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    thousands = f"{int(number):,}"
    yield from (
        number,
        groups,
        groups.replace(" ", "-"),
        thousands,
        thousands.replace(",", "."),
        thousands.replace(",", "_"),
    )


def missed(values):
    return [
        text
        for label in LABELS
        for form in FORMS
        for value in values
        for text in [form.format(label=label, value=value)]
        if not covered(text, value)
    ]


def test_the_languages_list_labels():
    assert len(LANGUAGES) >= 8
    assert len(LABELS) > 150


@pytest.mark.parametrize("issuer", CARDS)
def test_no_label_hides_a_card(issuer):
    assert missed(spellings(CARDS[issuer])) == []


@pytest.mark.parametrize("pattern", ALONE, ids=lambda p: p.name)
def test_no_label_hides_a_number_with_a_check_digit(pattern):
    values = [value for value in sampling.valid(pattern, 2) if pattern.name not in FEW or not value.isalnum()]
    assert missed(values) == []


@pytest.mark.parametrize(
    "value", ["219-09-9999", "219 09 9999", "219.09.9999", "DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19"]
)
def test_no_label_hides_a_number_in_its_printed_form(value):
    assert missed([value]) == []


@pytest.mark.parametrize(
    "pattern",
    [p for p in PATTERNS if p.name in {"pl_nip", "nl_bsn", "ca_sin", "nhs_number", "au_tfn"}],
    ids=lambda p: p.name,
)
def test_no_label_between_hides_a_number_that_its_own_word_announces(pattern):
    word = pattern.words.phrases[0]
    values = sampling.valid(pattern, 3)
    assert [v for v in values for label in LABELS for text in [f"{word} ({label}) {v}"] if not covered(text, v)] == []


@pytest.mark.parametrize(
    "text",
    [
        "{}.0", "1,{},Anna", "id,card\n7,{},12\n", "{}.00", "SKU{}", "account_{}_x", "us-east-1:{}:user/a", "1/{}", "card{}",
        "{}, 2", "{} 12/27", "{} 123", "order={}&x", "<td>{}</td>", "{}\t5", "2024-11-30,{}.0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("number", ["4111111111111111", "5555555555554444", "378282246310005"])
def test_a_card_stands_beside_other_numbers(text, number):
    assert covered(text.format(number), number)


@pytest.mark.parametrize("pattern", ALONE, ids=lambda p: p.name)
def test_a_whole_number_of_a_table_ends_in_point_zero(pattern):
    values = [value for value in sampling.valid(pattern, 2) if value.isdecimal()]
    assert [v for v in values for text in (f"{v}.0", f"7,{v}.0,Anna", f"{v},3") if not covered(text, v)] == []


NEIGHBOURS = (
    "anna,{},45", "45,{},anna", "{},45", "1,{},12,3", "{};45", "1,5;{};1,5", "1\t{}\t45", "1|{}|45", "12,{},45\n13,{},46\n", '"{}",45', "{},4500",
    "10:30,{},2020-01-01", "3.5,{},7", "-3,{},-4", "{},99.50",
)  # fmt: skip


@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p.border[1] == CHECKED_DIGITS[1]], ids=lambda p: p.name)
def test_cells_beside_a_checked_number_are_no_part_of_it(pattern):
    word = pattern.words.phrases[0] if pattern.words else "id"
    values = [value for value in sampling.valid(pattern, 3) if covered(f"{word}: {value} x", value)]
    rows = [f"{word}\n{row.replace('{}', value)}" for row in NEIGHBOURS for value in values]
    assert [row for row in rows for value in values if value in row and not covered(row, value)] == []


def test_decimals_of_an_amount_are_none_of_a_number():
    texts = ["NIF total 1.234.567,89", "NIF 123.456.789,45"]
    assert [text for text in texts if any(f.end == text.index(",") for f in SCANNER.scan(text))] == []


def test_a_number_that_fails_its_check_is_left_alone_behind_a_label():
    wrong = ["4111111111111112", "5555555555554445", "44051401358", "79927398713000"]
    texts = [f"{label} {value}" for label in words("other_numbers") for value in wrong]
    checked = {"CREDIT_CARD", "NATIONAL_ID", "BANK_ACCOUNT"}
    assert [text for text in texts for f in SCANNER.scan(text) if f.entity_type in checked] == []


@pytest.mark.parametrize("label", ["order", "invoice", "tracking number"])
def test_a_label_behind_a_number_is_of_the_number_that_it_leads(label):
    texts = [f"{label} 123456789012{more} phone 1800 555 0100" for more in ("", ",", " total 4.50")]
    assert [text for text in texts if covered(text, "123456789012") or not covered(text, "1800 555 0100")] == []
    assert covered("0301234567 phone 1800 555 0100", "0301234567")
    assert covered(f"{label} 0301234567 (phone)", "0301234567")
