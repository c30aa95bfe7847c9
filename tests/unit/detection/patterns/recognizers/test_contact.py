from __future__ import annotations

import pytest

from proxy.detection.patterns.recognizers.contact import (
    is_ipv4,
    is_ipv6,
    is_unread,
    national_length,
    phone_length,
    phone_region,
    spoken_length,
    url_length,
    username_length,
)
from testing import models

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize(
    "value", ["+49 30 901820", "+1 (212) 555-0187", "0044 20 7946 0958", "01 42 68 53 00", "030 901820"]
)
def test_numbers_of_the_plans(value):
    assert phone_length(value) == len(value)


@pytest.mark.parametrize("value", ["12.03.1980", "2021-05-01", "+00 000 000", "123", "0418/07/2025"])
def test_no_numbers(value):
    assert phone_length(value) == 0


def test_a_number_without_context_must_be_written_like_one():
    assert national_length("(212) 555-0187")
    assert not national_length("2125550187")
    assert spoken_length("555-123-4567") == 12
    assert not spoken_length("12.03.1980")


def test_region_of_a_number():
    assert phone_region("+33 1 42 68 53 00") == "FR"
    assert phone_region("nonsense") == ""


def test_addresses():
    assert is_ipv4("203.0.113.7")
    assert not is_ipv4("1.2.3.400")
    assert not is_ipv4("0.0.0.0")
    assert not is_ipv4("10.20.0.0")
    assert not is_ipv4("224.0.0.251")
    assert not is_ipv4("9.9.9.9")
    assert not is_ipv4("0.255.255.255")
    assert is_ipv6("2001:db8::8a2e:370:7334")
    assert not is_ipv6("12:30:45")


def test_a_url_ends_before_the_sentence_does():
    assert url_length("https://a.de/x).") == len("https://a.de/x")
    assert url_length("https://a.de/x_(y)") == len("https://a.de/x_(y)")


def test_user_names_are_not_words_of_the_sentence():
    assert username_length("jdoe42") == 6
    assert username_length("required") == 0
    assert username_length("4711.12") == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sous le pseudo pluie_fine7", "pluie_fine7"),
        ("w czacie nick BorsukNocny7", "BorsukNocny7"),
        ("DB_USER=erp_writer", "erp_writer"),
        ("gebruiker j.peeters meldt", "j.peeters"),
        ("Benutzer 'kbauer82' gesperrt", "kbauer82"),
    ],
)
def test_user_names_are_found_beside_their_word(text, name):
    assert [text[f.start : f.end] for f in models.scanner().scan(text) if f.entity_type == "USERNAME"] == [name]


@pytest.mark.parametrize("text", ["aggiornamento alla versione 10.3.0.12", "naar versie 10.4.0.7 van het pakket"])
def test_a_version_is_no_address(text):
    assert models.scanner().scan(text) == ()


@pytest.mark.parametrize("value", ["22 555 10 47", "04.72.55.18.31", "07700 900417", "020 555 1839"])
def test_a_number_that_fills_a_cell_or_line_in_its_countrys_groups_is_found_without_a_word(value):
    for text in (value, f"- {value}\n- milk", f"a;{value};b", f'{{"from": "{value}"}}'):
        assert [text[f.start : f.end] for f in models.scanner().scan(text)] == [value]


@pytest.mark.parametrize(
    "text", ["100 200 300", "12.5 13.1 14.8", "40 41 42 43 44 45", "2024 10 11", "size\n1 234 567"]
)
def test_rows_of_figures_are_no_numbers_of_telephones(text):
    assert not models.scanner().scan(text)


@pytest.mark.parametrize(
    "text",
    [
        "username = local.db_user",
        "let handle = ch_open('x')",
        "how to handle MSVC_RUNTIME_LIBRARY for it",
        "it cannot handle non-ASCII names",
        "the user MAX_PATH constant",
    ],
)
def test_a_reference_of_a_program_is_no_user_name(text):
    assert not models.scanner().scan(text)


def test_a_constant_behind_a_label_may_be_a_user_name():
    assert [f.entity_type for f in models.scanner().scan("user: J_SMITH")] == ["USERNAME"]


@pytest.mark.parametrize(
    "identifier", ["call_000000000136", "call_0301234567", "phone_call_2025550123", "toolu_01234567890123"]
)
def test_digits_of_an_identifier_are_no_telephone_number(identifier):
    found = models.scanner().scan(f'call this phone: {{"id": "{identifier}"}}')
    assert [finding for finding in found if finding.entity_type == "PHONE_NUMBER"] == []


@pytest.mark.parametrize(
    "local", ["noreply", "no-reply", "do_not_reply", "builds-noreply", "noreply+7", "release-bot", "BOT"]
)
def test_the_mailbox_of_a_program_has_no_reader(local):
    assert is_unread(f"{local}@example.org")


@pytest.mark.parametrize("address", ["abbot@example.org", "77+anna@users.noreply.example.org", "reply@example.org"])
def test_an_address_that_resembles_one_is_somebodys(address):
    assert not is_unread(address)


def test_a_mask_is_no_address():
    assert is_ipv6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0") == 0
    assert is_ipv6("2a02:8109:9a00:1::5") > 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Benutzerkennung hbuddenk gesperrt", "hbuddenk"),
        ("Inlognaam rbouzamb, tijdelijk wachtwoord volgt", "rbouzamb"),
        ("usuario murdaneta bloqueado", "murdaneta"),
    ],
)
def test_an_account_is_told_by_what_is_done_to_it(text, name):
    assert ("USERNAME", name) in {(f.entity_type, text[f.start : f.end]) for f in models.scanner().scan(text)}


@pytest.mark.parametrize("text", ["the user interface is locked", "user postgres cannot log in", "login page reset", "user hbuddenk"])  # fmt: skip
def test_without_that_a_word_behind_user_is_none(text):
    assert [f for f in models.scanner().scan(text) if f.entity_type == "USERNAME"] == []
