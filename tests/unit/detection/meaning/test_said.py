"""A term of health or belief counts with somebody it is said of, and never as a word of code."""

from __future__ import annotations

import pytest

from proxy.core.findings import PUBLIC, Finding
from proxy.detection.meaning.said import PRIVATE, without_unsaid
from proxy.detection.meaning.terms import TermFinder

TERMS = TermFinder()
PADDING = "The build of the shop runs on four machines and takes an hour or more on each of them. "


def said(text: str, language: str = "en", *others: Finding) -> set[str]:
    findings = [*TERMS.find(text, language), *others]
    kept = without_unsaid(text, findings, language)
    assert [f for f in findings if f.entity_type not in PRIVATE] == [f for f in kept if f.entity_type not in PRIVATE]
    return {text[f.start : f.end].lower() for f in kept if f.entity_type in PRIVATE}


@pytest.mark.parametrize(
    ("language", "statement"),
    [
        ("en", "I have diabetes and my knee hurts."),
        ("en", "my son has epilepsy, may he swim"),
        ("en", "He is agnostic, as far as the colleagues know."),
        ("en", "She converted to the faith of her husband."),
        ("en", "The patient reports symptoms since Monday."),
        ("en", "My symptoms are back since the chemotherapy."),
        ("en", "An employee who is disabled asks for a ramp."),
        ("en", "The tenant is catholic and asks for a cross."),
        ("en", "54M c/o chest pain, on lisinopril and metformin, hx hypertension, rule out pneumonia"),
        ("de", "Ist seit Jahren Mitglied der Gewerkschaft, sagt die Kollegin."),
        ("de", "Meine Tochter hat Epilepsie, darf sie schwimmen?"),
        ("fr", "Il souffre de dépression depuis son licenciement."),
        ("es", "Sufre de ansiedad desde la pandemia."),
        ("es", "Tengo cáncer y me operan el lunes que viene."),
        ("it", "Ha il diabete di tipo 2 da tre anni ormai."),
        ("nl", "Zij is zwanger en vraagt om een ander rooster, zegt een collega."),
        ("pl", "Choruje na cukrzycę typu 2 od dwóch lat."),
        ("pl", "Mam raka piersi i boję się o dzieci."),
        ("pt", "Tem diabetes tipo 2 há mais de três anos."),
    ],
)
def test_statement_about_somebody_counts_among_other_text(language, statement):
    assert said(statement, language)
    assert said(f"{PADDING}\n{statement}\n{PADDING}", language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The tools are VCS-agnostic: they work in git, Mercurial and Jujutsu."),
        ("en", "Disabled buttons keep their label: `if (this.disabled) return;` belongs in the handler."),
        ("en", "Pages that were fetched are converted to plain text or markdown."),
        ("en", "Fix causes instead of addressing symptoms; leave the disabled test alone."),
        ("en", "Make surgical changes: surgical precision matters more than elegance."),
        ("en", '<network_access type="disabled">restricted</network_access> and nothing else in it'),
        ("en", "The model must avoid hallucinations, and each orthodox solution comes first."),
        ("en", "Diabetes is common in the north, and insulin is cheap in every pharmacy."),
        ("de", "Das Symptom verschwand, nachdem der Zwischenspeicher geleert war."),
        ("fr", "Le symptôme disparaît avec la version 3.2, le diagnostic est dans le journal."),
        ("es", "Los ingresos en la tienda subieron un 22 %; el síntoma desapareció al vaciar la caché."),
        ("it", "Il sintomo è sparito; gli operatori del magazzino hanno riavviato il servizio."),
        ("nl", "De diagnose volgt uit het logboek, het symptoom is weg na een herstart."),
        ("pl", "Objaw zniknął po wyczyszczeniu pamięci podręcznej, operacja trwała sekundę."),
        ("pt", "O sintoma desapareceu depois de limpar a cache do servidor de provas."),
    ],
)
def test_word_said_of_nobody_does_not_count(language, text):
    assert not said(text, language)
    assert not said(f"{PADDING}\n{text}\n{PADDING}", language)


@pytest.mark.parametrize("term", ["disabled", "epilepsy", "metformin", "catholic"])
@pytest.mark.parametrize(
    "symbol", ["get_{}()", "{}_by_default", "src/{}/scanner.py", "{}.py", "C:\\lib\\{}\\x", "{}(True)", "a.{}.b.py"]
)
def test_identifier_is_no_term_even_beside_a_person(term, symbol):
    text = f"He said so: {symbol.format(term)} is what the patient of the doctor runs"
    assert not said(text, "en", Finding("PHONE_NUMBER", 0, 2, 0.9, "phone"))


def test_file_that_names_a_person_tells_of_that_person():
    text = "see scan_epilepsy_anna_nowak.pdf in the folder of the week before last"
    start = text.index("anna")
    assert said(text, "en", Finding("PERSON", start, start + 10, 0.9, "known_name"))


@pytest.mark.parametrize("kind", ["PERSON", "DATE_OF_BIRTH", "PHONE_NUMBER", "MEDICAL_RECORD_NUMBER"])
def test_identifier_of_a_person_carries_terms_of_the_whole_document(kind):
    text = f"Orla Quist\n{PADDING * 12}\nEpilepsy, insulin."
    assert said(text, "en", Finding(kind, 0, 10, 0.9, "test")) == {"epilepsy", "insulin"}
    assert not said(text, "en", Finding(kind, 0, 10, 0.9, "test", PUBLIC))


@pytest.mark.parametrize("kind", ["USERNAME", "IP_ADDRESS", "CREDENTIAL", "DATE", "LOCATION", "ORGANIZATION"])
def test_account_or_place_carries_nothing(kind):
    assert not said(f"builder01 {PADDING}Epilepsy.", "en", Finding(kind, 0, 9, 0.9, "test"))


@pytest.mark.parametrize("text", ["Diabetes", "Religion: catholic", "epilepsy, since 2010"])
def test_message_too_short_for_a_context_counts(text):
    assert said(text)


def test_ambiguous_term_counts_beside_one_that_does():
    assert said(f"{PADDING}The patient has epilepsy. {PADDING * 3}No infection.") >= {"epilepsy", "infection"}


def test_guess_at_a_word_that_no_list_has_as_a_name_carries_nothing():
    text = f"{PADDING}The tools are agnostic: they work in Jujutsu and git. {PADDING}Epilepsy."
    start = text.index("Jujutsu")
    assert not said(text, "en", Finding("PERSON", start, start + 7, 0.99, "classifier"))


def test_a_variable_of_a_shell_is_no_term():
    for text, count in (
        ("case $MRT in", 0),
        ("MRT=$(git merge-base a b)", 0),
        ("-DWITH_MRT_ on", 0),
        ("MRT=positive", 1),
    ):
        person = Finding("PERSON", 0, 8, 0.99, "classifier")
        assert len(said(f"Anna Roe {text}", "en", person)) == count
