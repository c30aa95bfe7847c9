"""Ordinary words of each language, so that not every capital letter is a name."""

from __future__ import annotations

import gzip
import importlib
import json
import random
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from mimesis import Text
from mimesis.locales import Locale

from training.detector.generate import people
from training.detector.generate.forms import FORMS

_TABLES = {
    "en": ("en_lemma_lookup", "en_lemma_exc"),
    "de": ("de_lemma_lookup",),
    "fr": ("fr_lemma_lookup",),
    "es": ("es_lemma_lookup",),
    "pt": ("pt_lemma_lookup",),
    "nl": ("nl_lemma_lookup",),
    "cs": ("cs_lemma_lookup",),
    "ro": ("ro_lemma_lookup",),
    "sv": ("sv_lemma_lookup",),
    "pl": ("pl_lemma_lookup_noun", "pl_lemma_lookup_adj", "pl_lemma_lookup_verb"),
}
#: Languages whose lemma tables name no licence, or that have none.
_READ = {"tr": Locale.TR, "da": Locale.DA, "fi": Locale.FI, "uk": Locale.UK}
_PACKAGE = "spacy_lookups_data"
_PER_TABLE = 60_000
_MARKS = [".", ".", ".", ",", ",", ";", ":", " -", "?", ")", " (", "\n", ""]


@cache
def _words(language: str) -> tuple[str, ...]:
    """Word forms of the language's lemma tables (``spacy-lookups-data``, MIT).

    Raises:
        FileNotFoundError: the package is not installed.

    """
    if language in _READ:
        return tuple(dict.fromkeys(Text(_READ[language], seed=1).words(quantity=6000)))
    if language == "hu":  # no open list at hand: stop words, and the names of things
        return (*_small("hu"), *FORMS["WORDS_HU"])
    if language not in _TABLES:  # the Italian tables are under a share-alike licence
        return tuple(dict.fromkeys(people.locale(people.HOME[language][0]).words(3000)))
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("pip install --no-deps spacy-lookups-data")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    rng = random.Random(language)
    found: list[str] = []
    for table in _TABLES[language]:
        with gzip.open(folder / f"{table}.json.gz", "rt", encoding="utf-8") as stream:
            forms = [word for word in json.load(stream) if 1 < len(word) < 24 and word[0].isalpha()]
        if language != "de":
            forms = [word for word in forms if word.islower()]
        found += rng.sample(forms, min(len(forms), _PER_TABLE))
    return tuple(found)


@cache
def _small(language: str) -> tuple[str, ...]:
    return tuple(sorted(importlib.import_module(f"spacy.lang.{language}.stop_words").STOP_WORDS))


def word(rng: random.Random, language: str) -> str:
    """A word as it may stand anywhere: lower case, at times with a capital."""
    text = rng.choice(_words(language))
    return text.capitalize() if rng.random() < 0.25 else text


def prose(rng: random.Random, language: str) -> str:
    """Four to fourteen words that look like a sentence and say nothing."""
    parts = []
    for place in range(rng.randint(4, 14)):
        text = rng.choice(_small(language)) if rng.random() < 0.4 else rng.choice(_words(language))
        draw = rng.random()
        if place == 0 or (language == "en" and draw < 0.04) or draw > 0.985:
            text = text.capitalize()
        elif draw < 0.02:
            text = text.upper()
        parts.append(text + (rng.choice(_MARKS) if rng.random() < 0.12 else ""))
    return " ".join(parts) + rng.choice([".", ".", ".", "", "?", ":"])
