from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.detection.meaning.terms import TermFinder
from proxy.detection.people.guesses import Doubts, tidied, trimmed

DOUBTS = Doubts(TermFinder(), trained=True)


def guess(text: str, value: str, kind: str = "PERSON", name: str = "classifier", score: float = 0.9) -> Finding:
    start = text.index(value)
    return Finding(kind, start, start + len(value), score, name)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("take Metformin daily", "Metformin", "PERSON"),
        ("Parkinson disease", "Parkinson", "PERSON"),
        ("a positive Chaddock reflex", "Chaddock", "PERSON"),
        ("ask ChatGPT", "ChatGPT", "PERSON"),
        ("user_name is", "user_name", "PERSON"),
        ("in 2021 it", "2021", "DATE"),
        ("last year", "last year", "DATE"),
        ("doc F/1000/2024 was", "F/1000/2024", "DATE"),
        ("the 2 items", "2", "BANK_ACCOUNT"),
        ("patient with heart failure and past MI, on metoprolol", "MI", "LOCATION"),
        ("[main] o.e.jetty.server started", "o.e.jetty", "USERNAME"),
        ("deps: bump golang.org/x/net", "bump", "USERNAME"),
        ("peer of @brackwater/react-table", "brackwater", "USERNAME"),
        ("'SK-11', 4990, 'Gent'", "4990", "STREET_ADDRESS"),
        ("OID 1.2.840.113549.1.1.11 is", "1.2.840.113549.1.1.11", "NATIONAL_ID"),
        ("doi: 10.1145/359545.359563", "10.1145/359545", "NATIONAL_ID"),
        ("Fax no", "Fax", "URL"),
        ("id 3f2504e0-4f89-41d3-9a0c-0305e82c3301", "0305e82c3301", "BANK_ACCOUNT"),
        ("at commit c40217e of", "c40217e", "BANK_ACCOUNT"),
        ('"ean": "7310865004703"', "7310865004703", "BANK_ACCOUNT"),
        ("die Saison 2022/23 war", "2022/23", "DATE"),
        ("a lei de Lavoisier diz", "Lavoisier", "PERSON"),
        ("la courbe de Laffer montre", "Laffer", "PERSON"),
        ("vanaf woensdag geldt", "woensdag", "PERSON"),
        ("Anfrage 2026-118-4471 ist da", "2026-118-4471", "PHONE_NUMBER"),
        ("eine GmbH gründen", "GmbH", "ORGANIZATION"),
        ("as CLAUDE.md says", "CLAUDE", "USERNAME"),
        ("as CLAUDE.md says", "CLAUDE.md", "PERSON"),
        ("notes in `/tmp/build-w6bb2pwm/home/.qwen/x`", "w6bb2pwm", "USERNAME"),
        ("notes in `/tmp/build-w6bb2pwm/home/.qwen/x`", "qwen", "USERNAME"),
        ("see ~/.zed/settings", "zed", "USERNAME"),
    ],
)
def test_guesses_that_are_not_believed(text, value, kind):
    assert DOUBTS.settle(text, [guess(text, value, kind)]) == []


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("Maria Schmidt called", "Maria Schmidt", "PERSON"),
        ("in Berlin", "Berlin", "LOCATION"),
        ("on 3 May 2021", "3 May 2021", "DATE"),
        ("on 20210503", "20210503", "DATE"),
        ("she works for the ADA in Bonn", "ADA", "ORGANIZATION"),
        ("account 4471802233 at", "4471802233", "BANK_ACCOUNT"),
        ("record ab-4471802 at", "ab-4471802", "MEDICAL_RECORD_NUMBER"),
        ("ligue 2045-1234 hoje", "2045-1234", "PHONE_NUMBER"),
        ("w lutym: 07/02/2024-09/02/2024", "07/02/2024-09/02/2024", "DATE"),
        ("in /home/w6bb2pwm/work", "w6bb2pwm", "USERNAME"),
        ("in /srv/users/zed22/work", "zed22", "USERNAME"),
        ("in /srv/export/k.nowak/mail", "k.nowak", "USERNAME"),
        ("on https://forum.example/zed22/posts", "zed22", "USERNAME"),
    ],
)
def test_guesses_that_are_believed(text, value, kind):
    assert DOUBTS.settle(text, [guess(text, value, kind)])


def test_rules_are_never_doubted():
    finding = Finding("PERSON", 0, 9, 0.8, "name_titled")
    assert DOUBTS.settle("Parkinson", [finding]) == [finding]


def test_edges_are_trimmed_but_an_initial_keeps_its_point():
    text = '"Anna S.", (Bob).'
    assert text[slice(*_span(trimmed(text, Finding("PERSON", 0, 9, 1, "spacy"))))] == "Anna S."
    assert text[slice(*_span(trimmed(text, Finding("PERSON", 11, 17, 1, "spacy"))))] == "Bob"


@pytest.mark.parametrize("value", ["Rovers 2-1", "Gate 4", "Rovers 2-1 Albion"])
def test_a_name_with_a_number_is_none_where_the_weakest_model_guesses_it(value):
    assert trimmed(value, Finding("PERSON", 0, len(value), 1, "spacy")) is None
    assert trimmed(value, Finding("PERSON", 0, len(value), 1, "classifier")) is not None


def test_scraps_go_and_parts_of_one_name_join():
    text = "Cedars-Sinai the"
    parts = [guess(text, "Cedars", "LOCATION"), guess(text, "Sinai", "LOCATION"), guess(text, "the", "ORGANIZATION")]
    assert [text[f.start : f.end] for f in tidied(text, parts)] == ["Cedars-Sinai"]


@pytest.mark.parametrize(
    ("text", "name", "recognizer", "language", "kept"),
    [
        ("Wir haben Annegrets Schreiben", "Annegrets Schreiben", "classifier", "de", "Annegrets"),
        ("Frau Bergers Akte", "Bergers Akte", "name_titled", "de", "Bergers"),
        ("Frau Pfannkuchs Akte", "Pfannkuchs Akte", "name_titled", "de", "Pfannkuchs"),
        ("Ottilie Pfannkuchs Anwalt", "Ottilie Pfannkuchs Anwalt", "known_name", "und", "Ottilie Pfannkuchs"),
        ("Frau Schmidts Bruder", "Schmidts Bruder", "name_titled", "de", "Schmidts"),
        ("Annas Brief", "Annas Brief", "classifier", "de", "Annas"),
        ("Hans Bruder", "Hans Bruder", "classifier", "de", "Hans Bruder"),
        ("Frau Schmidts Weber", "Schmidts Weber", "name_titled", "de", "Schmidts Weber"),
        ("Pfannkuchs Anwalt", "Pfannkuchs Anwalt", "classifier", "de", "Pfannkuchs Anwalt"),
        ("Thomas Schreiben", "Thomas Schreiben", "classifier", "de", "Thomas Schreiben"),
        ("Maria Santos Bosque", "Maria Santos Bosque", "classifier", "de", "Maria Santos Bosque"),
        ("Annegrets Schmidt", "Annegrets Schmidt", "classifier", "de", "Annegrets Schmidt"),
        ("Annegrets Schreiben", "Annegrets Schreiben", "classifier", "nl", "Annegrets Schreiben"),
    ],
)
def test_a_name_ends_before_what_the_person_has(text, name, recognizer, language, kept):
    [finding] = tidied(text, [guess(text, name, name=recognizer)], language)
    assert text[finding.start : finding.end] == kept


@pytest.mark.parametrize(
    ("text", "parts", "kinds", "kept"),
    [
        ("to Smith-Jones, Zoë.", ("Smith-Jones", "Zoë"), "PP", ["Smith-Jones, Zoë"]),
        ("to Smith-Jones, Zoë, room 4", ("Smith-Jones", "Zoë"), "PL", ["Smith-Jones, Zoë"]),
        ("to Hobbs, Boston", ("Hobbs", "Boston"), "LL", ["Hobbs", "Boston"]),
        ("to Zoë, Smith-Jones", ("Zoë", "Smith-Jones"), "PP", ["Zoë", "Smith-Jones"]),
        ("to Smith, Ackermann", ("Smith", "Ackermann"), "PP", ["Smith", "Ackermann"]),
        ("to Smith, Zoë, Ackermann", ("Smith", "Zoë", "Ackermann"), "PPP", ["Smith", "Zoë", "Ackermann"]),
        ("to Smith; Zoë", ("Smith", "Zoë"), "PP", ["Smith", "Zoë"]),
    ],
)
def test_a_family_name_and_the_given_name_behind_its_comma_are_one(text, parts, kinds, kept):
    types = {"P": "PERSON", "L": "LOCATION"}
    findings = [guess(text, part, types[kind]) for part, kind in zip(parts, kinds, strict=True)]
    assert [text[f.start : f.end] for f in tidied(text, findings)] == kept


def test_a_street_without_a_number_that_is_called_like_a_person_is_one():
    text = "Volkmar and Volkmar Street and Hohlgasse"
    streets = [guess(text, value, "STREET_ADDRESS") for value in ("Volkmar", "Volkmar Street", "Hohlgasse")]
    kinds = [f.entity_type for f in DOUBTS.settle(text, streets)]
    assert kinds == ["PERSON", "STREET_ADDRESS", "STREET_ADDRESS"]


def _span(finding):
    assert finding is not None
    return finding.start, finding.end


@pytest.mark.parametrize(
    ("text", "value", "score", "kept"),
    [
        ("Quisiera saber el precio", "Quisiera", 0.5, False),
        ("Quisiera saber el precio", "Quisiera", 0.95, True),
        ("ask Wiesenbacher about it", "Wiesenbacher", 0.5, True),
        ("ask Rose about it", "Rose", 0.5, True),
        ("la maladie de Camille empire", "Camille", 0.9, True),
        ("oye llama a Itziar", "oye", 0.84, False),
        ("oye llama a Itziar", "oye", 0.95, True),
        ("so rose will call", "rose", 0.84, True),
    ],
)
def test_a_weak_guess_of_ordinary_words_is_not_believed(text, value, score, kept):
    assert bool(DOUBTS.settle(text, [guess(text, value, score=score)])) is kept


@pytest.mark.parametrize(
    ("value", "score", "kind"),
    [
        ("Italia", 0.5, "LOCATION"),
        ("Germania", 0.95, "LOCATION"),
        ("Francia", 0.5, "LOCATION"),
        ("India", 0.95, "PERSON"),
    ],
)
def test_a_country_is_no_person_unless_it_is_surely_a_given_name(value, score, kind):
    [settled] = DOUBTS.settle(f"we asked {value} twice", [guess(f"we asked {value} twice", value, score=score)])
    assert settled.entity_type == kind


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("in der Konrad-Adenauer-Allee", "Konrad-Adenauer-Allee", "LOCATION"),
        ("cheaper than Leroy Merlin is", "Leroy Merlin", "ORGANIZATION"),
        ("we met Anna Lovelace at ten", "Anna Lovelace", "PERSON"),
    ],
)
def test_a_street_or_a_firm_named_like_a_person_is_none(text: str, value: str, kind: str) -> None:
    assert [f.entity_type for f in DOUBTS.settle(text, [guess(text, value)])] == [kind]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [("url: jdbc:x", "jdbc", "USERNAME"), ("Dá-me dez", "me", "USERNAME")],
)
def test_drivers_and_pronouns_are_nobody(text: str, value: str, kind: str) -> None:
    assert DOUBTS.settle(text, [guess(text, value, kind)]) == []


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("ask Judith whether it fits", "Judith", "PERSON"),
        ("Lo ha detto Francesco ieri", "Francesco", "PERSON"),
        ("se envió a Guzmán el viernes", "Guzmán", "PERSON"),
        ("we moved here from Uruguay", "Uruguay", "LOCATION"),
    ],
)
def test_a_name_or_a_place_that_begins_as_a_word_of_content_does_is_kept(text, value, kind):
    finding = guess(text, value, kind)
    assert DOUBTS.settle(text, [finding]) == [finding]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("docker pull redis@sha256:4c1f0a", "redis", "USERNAME"),
        ("docker pull redis@sha256:4c1f0a", "sha256", "USERNAME"),
        ("go get github.com/spf13/cobra@v1.8.1", "v1.8", "USERNAME"),
        ("git checkout 9fceb02", "9fceb02", "USERNAME"),
        ("sent from no-reply@mail.example.org", "no-reply@mail.example.org", "EMAIL_ADDRESS"),
        ("started at 1796095401392", "1796095401392", "CREDIT_CARD"),
        ("OID 1.2.840.113549.1.1.11 is", "1.2.840.113549.1.1.11", "NATIONAL_ID"),
        ("IPv6Address(42540766411282592856903984951653826560)", "42540766411282592856903984951653826560", "BANK_ACCOUNT"),
    ],
)  # fmt: skip
def test_packages_files_moments_and_mailboxes_of_programs_are_nobody(text, value, kind):
    assert DOUBTS.settle(text, [guess(text, value, kind)]) == []


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("user a104422 logged in", "a104422", "USERNAME"),
        ("in /tmp/build-nowak/home", "nowak", "USERNAME"),
        ("in /home/qyxi6/work", "qyxi6", "USERNAME"),
        ("write to redis@web-post.de", "redis@web-post.de", "EMAIL_ADDRESS"),
        ("ask anna@build-01", "anna", "USERNAME"),
        ("card 4111111111111", "4111111111111", "CREDIT_CARD"),
    ],
)
def test_accounts_that_resemble_them_stay(text, value, kind):
    assert DOUBTS.settle(text, [guess(text, value, kind)]) != []


@pytest.mark.parametrize(("value", "count"), [("255.255", 0), ("255.255.224", 0), ("93.184", 1)])
def test_part_of_a_mask_is_no_number(value, count):
    text = f"netmask: IPv4Address('{'255.255.255.224' if count == 0 else '93.184.216.34'}')"
    at = text.index(value)
    found = Doubts(TermFinder()).settle(text, [Finding("NATIONAL_ID", at, at + len(value), 0.9, "classifier")])
    assert len(found) == count


def test_a_scrap_without_a_name_is_dropped() -> None:
    text = "near the University of Lubno Hospital"
    scrap, name = guess(text, "University of", "LOCATION"), guess(text, "Lubno Hospital", "LOCATION")
    assert tidied(text, (scrap,)) == ()
    assert tidied(text, (name,)) == (name,)


@pytest.mark.parametrize(
    "code",
    [
        "75001", "TX 75001", "62-200", "3300-119", "D-34613", "8933 AK", "BN2 7QX", "SW1A 1AA", "M5V 2T6", "110 00",
        "560001", "12345-6789", "30-701 Kraków", "00-547 Warszawa", "100-0001",
    ],
)  # fmt: skip
def test_a_guessed_postal_code_of_any_country_is_one(code):
    [finding] = DOUBTS.settle(f"to {code}", [guess(f"to {code}", code, "ZIP_CODE")])
    assert finding.entity_type == "ZIP_CODE"


@pytest.mark.parametrize("code", ["48B12", "4471 LKM", "9-XKB-04", "AB 123 CD", "X-8834412-T"])
def test_a_guessed_postal_code_of_no_country_is_a_number_of_somebody(code):
    [finding] = DOUBTS.settle(f"to {code} now", [guess(f"to {code} now", code, "ZIP_CODE")])
    assert finding.entity_type in {"USERNAME", "NATIONAL_ID"}
