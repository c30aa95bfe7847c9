"""Word lists with frequencies, by language or group of languages, from which the language model learns.

Needs ``pip install wordfreq==3.1.1 simplemma==2.0.0 stopwordsiso==0.7.1``.
"""

# ruff: noqa: E501 -- tables are read line by line
from __future__ import annotations

import codecs
import random
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

import stopwordsiso
import wordfreq
from simplemma.strategies.dictionaries import DefaultDictionaryFactory

Weighed = list[tuple[str, float]]
READ = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
_LATIN = re.compile(r"[a-z\u00df-\u024f\u1e00-\u1eff'’]+\Z")  # noqa: RUF001
_TERMS = Path(__file__).parents[2] / "proxy" / "detection" / "terms"
_TECHNICAL = (
    "kubectl nginx stdout stderr postgres redis kafka grep awk sed chmod sudo systemctl systemd cron ssh scp rsync tar gzip "
    "curl wget npm yarn pip pytest numpy pandas scipy sklearn init async await const func struct enum bool int str char float def "
    "elif lambda import foreach println printf args kwargs config env dev prod staging repo commit rebase merge diff stash git "
    "ci cd yaml toml json xml csv html css http https tcp udp dns tls ssl oauth jwt api sdk cli gui url uri uuid utc timestamp "
    "localhost hostname username passwd mysql sqlite grafana terraform ansible helm docker regex stdin malloc nullptr param attr "
    "obj ptr idx len num tmp src dst cfg msg req res ctx err fn db sql orm mutex backend frontend middleware webhook tokenizer "
    "embedding finetune gpu cpu ram heartbeat backoff timeout retry retries metadata namespace kube pods pod"
).split()
_CYRILLIC = dict(
    zip("абвгдезийклмнопрстуфхыэіїёєґѓѕјќћџљњђ",
        "a b v g d e z i y k l m n o p r s t u f kh y e i yi yo ye g gj dz j kj c dzh lj nj dj".split(), strict=True)
) | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}  # fmt: skip
_CYRILLIC_2 = _CYRILLIC | {"й": "j", "ю": "ju", "я": "ja", "щ": "sch", "ж": "j", "ы": "i", "ё": "e", "х": "h"}  # noqa: RUF001
_GREEK = dict(
    zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t i f ch ps o".split(), strict=True)
)
_GREEK_2 = _GREEK | {"χ": "h", "υ": "y", "η": "h", "ω": "w", "β": "b"}  # noqa: RUF001
_VOWELS = dict(zip("अआइईउऊएऐओऔािीुूेैोौंँः", "a aa i ee u oo e ai o au a i i u u e ai o au n n h".split(), strict=True)) | {
    "ृ": "ri"
}
_CONSONANTS = dict(zip("कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह", "k kh g gh ch chh j jh t th d dh n t th d dh n p ph b bh m y r l v sh sh s h".split(), strict=True))  # fmt: skip


def groups(seed: int = 1) -> dict[str, Weighed]:
    """Return the words of each column of the model, the languages that are read first."""
    random.seed(seed)
    found = {language: _frequent(language, 60_000) for language in READ}
    technical = {
        w for path in sorted(_TERMS.glob("*.txt")) for w in re.findall(r"[^\W\d_]{3,}", path.read_text().lower())
    }
    found["tech"] = _flat(technical, 2e-6) + _flat(_forms("la", 20_000), 1e-7) + _flat(_TECHNICAL, 2e-5)
    found["nord"] = _several(("sv", "da", "nb")) + [(word, share / 3) for word, share in _frequent("is", 20_000)]
    found["finn"] = _frequent("fi", 40_000) + _flat(_forms("et", 40_000), 1e-6) + _stop(("et",), 2e-3)
    found["slav"] = _several(("cs", "sk"))
    found["sout"] = _several(("sh", "sl"))
    for name, language in (("roma", "ro"), ("cata", "ca")):
        found[name] = _frequent(language, 30_000)
    found["balt"] = _several(("lv", "lt"))
    for name, language in (("hung", "hu"), ("turk", "tr")):
        found[name] = _frequent(language, 30_000)
    found["mala"] = _several(("id", "ms", "fil"))
    found["viet"] = _frequent("vi", 20_000)
    found["afri"] = _flat(_forms("sw", 20_000), 3e-6) + _stop(("sw", "zu", "st", "so", "ha", "yo"), 2e-3)
    others = [word for language in ("cy", "ga", "sq", "gd") for word in _forms(language, 12_000)]
    found["misc"] = _flat(others, 3e-6) + _stop(("eu", "ga", "br", "ku"), 1e-3)
    found["roms"] = [pair for language in ("ru", "uk", "bg", "mk") for pair in _romanised(language, _by(_CYRILLIC))]
    found["roms"] += _romanised("ru", _by(_CYRILLIC_2))
    found["romh"] = _romanised("hi", _hindi)
    found["romg"] = _romanised("el", _by(_GREEK)) + _romanised("el", _by(_GREEK_2))
    found["code"] = [pair for language in READ[:5] for pair in _turned(found[language][:20_000])]
    return found


def folded(word: str) -> str:
    """Return a word without accents, as many type it."""
    plain = word.translate(str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "ß": "ss", "æ": "ae"}))  # noqa: RUF001
    return "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))


def _frequent(language: str, count: int) -> Weighed:
    words = wordfreq.top_n_list(language, count, wordlist="best")
    return [(word, wordfreq.word_frequency(word, language)) for word in words if _LATIN.match(word)]


def _several(languages: Iterable[str]) -> Weighed:
    return [pair for language in languages for pair in _frequent(language, 30_000)]


def _forms(language: str, count: int) -> list[str]:
    keys = DefaultDictionaryFactory().get_dictionary(language)
    words = (key.decode() if isinstance(key, bytes) else key for key in keys)
    kept = sorted(word for word in words if word == word.lower() and 1 < len(word) < 25 and _LATIN.match(word))
    random.shuffle(kept)
    return kept[:count]


def _stop(languages: Iterable[str], share: float) -> Weighed:
    return _flat([word for language in languages for word in stopwordsiso.stopwords(language)], share)


def _flat(words: Iterable[str], share: float) -> Weighed:
    return [(word, share) for word in sorted(words) if _LATIN.match(word)]


def _romanised(language: str, write: Callable[[str], str]) -> Weighed:
    pairs = [(write(word), wordfreq.word_frequency(word, language)) for word in wordfreq.top_n_list(language, 20_000)]
    return [(word, share) for word, share in pairs if word and _LATIN.match(word)]


def _by(table: dict[str, str]) -> Callable[[str], str]:
    def write(word: str) -> str:
        plain = unicodedata.normalize("NFC", word)
        if table.get("α"):  # noqa: RUF001 -- Greek: without accents, and ou is one vowel
            plain = folded(word).replace("ου", "ou")  # noqa: RUF001
        return "".join(character if character.isascii() else table.get(character, "") for character in plain)

    return write


def _hindi(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word)
    out = ""
    for place, character in enumerate(decomposed):
        if character in _CONSONANTS:
            out += _CONSONANTS[character] + ("a" if decomposed[place + 1 : place + 2] in _CONSONANTS else "")
        else:
            out += _VOWELS.get(character, "")
    return out


def _turned(words: Weighed) -> Weighed:
    """ROT13 and reversed words: text turned around is not a language that is read."""
    turned = [(codecs.encode(word, "rot13"), share) for word, share in words]
    return turned + [(word[::-1], share) for word, share in words if len(word) > 2]
