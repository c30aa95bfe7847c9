from __future__ import annotations

import pytest

from proxy.detection.meaning.terms import TermFinder

TERMS = TermFinder()


def kinds(text: str, language: str) -> set[str]:
    return {finding.entity_type for finding in TERMS.find(text, language)}


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("She has diabetes", "en", "HEALTH_CONDITION"),
        ("no history of diabetes", "en", "HEALTH_CONDITION"),
        ("What is diabetes?", "en", "HEALTH_CONDITION"),
        ("Er leidet an Bluthochdruck", "de", "HEALTH_CONDITION"),
        ("choruje na cukrzycę", "pl", "HEALTH_CONDITION"),
        ("diagnosis: E11.9", "en", "HEALTH_CONDITION"),
        ("she is allergic to peanuts", "en", "HEALTH_CONDITION"),
        ("previous for burglary", "en", "CRIMINAL_RECORD"),
        ("bekanntes Vorhofflimmern", "de", "HEALTH_CONDITION"),
        ("Mammakarzinom links", "de", "HEALTH_CONDITION"),
        ("nimmt Marcumar", "de", "MEDICATION"),
        ("EPOC y HTA", "es", "HEALTH_CONDITION"),
        ("se plaint de vertiges", "fr", "HEALTH_CONDITION"),
        ("en taule pour vol", "fr", "CRIMINAL_RECORD"),
        ("è celiaca", "it", "HEALTH_CONDITION"),
        ("heeft alvleesklierkanker", "nl", "HEALTH_CONDITION"),
        ("rak trzustki", "pl", "HEALTH_CONDITION"),
        ("siedzi za kradzież", "pl", "CRIMINAL_RECORD"),
        ("tem PHDA", "pt", "MENTAL_HEALTH"),
        ("she takes rosuvastatin", "en", "MEDICATION"),
        ("behandelt mit Vedolizumab", "de", "MEDICATION"),
        ("HbA1c was 7.2", "en", "LAB_OR_PROCEDURE"),
        ("after her cholecystectomy", "en", "LAB_OR_PROCEDURE"),
        ("sufre de ansiedad", "es", "MENTAL_HEALTH"),
        ("BRCA1 carrier", "en", "GENETIC_DATA"),
        ("fingerprint scan stored", "en", "BIOMETRIC_ID"),
        ("origine ethnique", "fr", "ETHNICITY"),
        ("er ist evangelisch", "de", "RELIGION"),
        ("è iscritto al Partito Democratico", "it", "POLITICAL_OPINION"),
        ("lid van de vakbond", "nl", "TRADE_UNION"),
        ("jest gejem", "pl", "SEXUAL_ORIENTATION"),
        ("antecedentes penales", "es", "CRIMINAL_RECORD"),
        ("uma cidadã brasileira", "pt", "NATIONALITY"),
    ],
)
def test_content_is_found_in_each_language(text, language, kind):
    assert kind in kinds(text, language)


@pytest.mark.parametrize(
    "text",
    ["The race condition in the thread pool", "stroke-width: 2px", "polish the draft", "bleeding edge release", "CAD drawing tool"[4:],
     "The weather is nice today", "protocol buffers", "nostalgia for the academy", "hearing aids"],
)  # fmt: skip
def test_ordinary_words_are_no_content(text):
    assert kinds(text, "en") == set()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the proposal fell on deaf ears", "en"),
        ("shingles for the roof", "en"),
        ("a burglary alarm", "en"),
        ("Ihre Ehefrau hat angerufen", "de"),
        ("rollstuhlgerechter Zugang", "de"),
        ("Verkehrsinfarkt in der Innenstadt", "de"),
        ("test en double aveugle", "fr"),
        ("réservation pour vol Paris Lisbonne", "fr"),
        ("rotura de stock", "es"),
        ("transistor bipolar", "es"),
        ("caffè arabica, vicolo cieco", "it"),
        ("gioco a compressione", "it"),
        ("de bestelling zit vast, een verdachte transactie", "nl"),
        ("egzemplarz umowy, rozrusznik samochodu", "pl"),
        ("przenieść na platformę testową", "pl"),
        ("bebidas alcoólicas, xarope de ácer", "pt"),
    ],
)
def test_words_with_a_second_sense_need_their_neighbours(text, language):
    assert kinds(text, language) == set()


@pytest.mark.parametrize(
    ("text", "language", "kind"),
    [
        ("she is deaf", "en", "HEALTH_CONDITION"),
        ("sitzt im Rollstuhl", "de", "HEALTH_CONDITION"),
        ("il est aveugle", "fr", "HEALTH_CONDITION"),
        ("es ciego de nacimiento", "es", "HEALTH_CONDITION"),
        ("è sorda dalla nascita", "it", "HEALTH_CONDITION"),
        ("zij is doof", "nl", "HEALTH_CONDITION"),
        ("ma rozrusznik serca", "pl", "HEALTH_CONDITION"),
        ("é alcoólico", "pt", "MENTAL_HEALTH"),
    ],
)
def test_with_them_they_are_content(text, language, kind):
    assert kind in kinds(text, language)


def test_offsets_are_those_of_the_text():
    text = "Él tiene DIABETES tipo 2"
    finding = next(f for f in TERMS.find(text, "es") if f.entity_type == "HEALTH_CONDITION")
    assert text[finding.start : finding.end] == "DIABETES"


def test_codes_count_in_medical_surroundings_only():
    assert kinds("see chapter E11.9 of the manual", "en") == set()


def test_a_medical_word_is_no_name():
    assert TERMS.medical(["Metformin"])
    assert not TERMS.medical(["Maria"])


def test_a_sentence_is_read_in_its_own_language_whatever_surrounds_it():
    told = "Robert Miller a été condamnée pour vol en 2019."
    alone = {f.entity_type for f in TermFinder().find(told, "fr")}
    around = f"Please answer the following mail in a friendly tone. {told} Thank you for all of your help with this."
    assert "CRIMINAL_RECORD" in alone
    assert alone <= {f.entity_type for f in TermFinder().find(around, "en")}
    found = next(f for f in TermFinder().find(around, "en") if f.entity_type == "CRIMINAL_RECORD")
    assert around[found.start : found.end] == "condamnée pour"
