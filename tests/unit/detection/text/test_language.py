# ruff: noqa: RUF001 -- look-alike characters are what is tested
from __future__ import annotations

import pytest

from proxy.core.findings import Status
from proxy.detection.languages import TRAINED
from proxy.detection.text.language import identify

SENTENCES = {
    "en": "Please summarise the letter that I received from the hospital last week.",
    "de": "Bitte fassen Sie den Brief zusammen, den ich letzte Woche vom Krankenhaus bekommen habe.",
    "fr": "Veuillez résumer la lettre que j'ai reçue de l'hôpital la semaine dernière.",
    "es": "Por favor resume la carta que recibí del hospital la semana pasada.",
    "it": "Per favore riassumi la lettera che ho ricevuto dall'ospedale la settimana scorsa.",
    "pt": "Por favor, resuma a carta que recebi do hospital na semana passada.",
    "nl": "Vat de brief samen die ik vorige week van het ziekenhuis heb gekregen.",
    "pl": "Proszę streścić list, który otrzymałem ze szpitala w zeszłym tygodniu.",
}


@pytest.mark.parametrize("language", TRAINED)
def test_the_eight_languages_are_told_apart(language):
    assert identify(SENTENCES[language]) == (language, Status.COMPLETE)


@pytest.mark.parametrize(
    "text",
    [
        "Менің атым Айдар, мен Алматыда тұрамын",
        "你好，我叫李雷，住在北京",
        "اسمي أحمد وأعيش في القاهرة",
        "Vad heter du och var bor du någonstans i Sverige? Jag vill gärna veta det.",
        "Benim adım Ayşe ve İstanbul'da yaşıyorum, yarın doktora gideceğim",
        "Please translate: меня зовут Иван Петров и я живу в Москве",
    ],
)
def test_an_unread_language_is_partial_never_silent(text):
    assert identify(text)[1] is Status.PARTIAL


@pytest.mark.parametrize(
    "text",
    ["", "42", "get_weather", '{"type":"object","properties":{"city":{"type":"string"}}}', "Anna Müller", "OK", "β-blocker",
     "const x = await fetch(url, {method: 'POST'}); return x.json()", "SELECT id, name FROM users WHERE id = 3",
     "Søndergade 52, 9700 Brønderslev", "10:04 ERROR db.pool timeout=30 host=a.b.c"],
)  # fmt: skip
def test_text_without_language_is_complete(text):
    assert identify(text)[1] is Status.COMPLETE
