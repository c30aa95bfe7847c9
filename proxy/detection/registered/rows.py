"""What is kept of one person's record: digests of what identifies them, none of a value that cannot. Pure.

a name            all its words, and those without further given names; also glued
a number          by itself, and a short one with each word of the name: ``matching`` decides which of them counts
an address        street and number, with postal code or city where the record has them
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from proxy.core.entities import ENTITIES
from proxy.core.search.names import TITLES
from proxy.core.search.skeleton import skeleton
from proxy.detection.registered.table import CODES, SETS, coded
from proxy.detection.registered.words import (
    APOSTROPHES,
    MAIL,
    STEM,
    TOKEN,
    Digester,
    StemKind,
    canonical_number,
    is_everyday,
    is_long_enough,
    may_be_glued,
    spellings,
    stems_of_word,
    unit_of,
)
from proxy.errors import ConfigurationError
from proxy.runtime.recent import BoundedCache

#: Codes of digests: a name, a number with a word of a name, a word of an address, an address. Those from ``TYPED`` on
#: are of values by themselves, each of the type at that place in the list's types. Those below ``SETS`` are of stems of
#: words of names: a bit for each ``StemKind``, and ``OF_LONG`` for those of a name of more than two words.
NAME, PAIR, STREET_WORD, STREET, TYPED = range(SETS, SETS + 5)
OF_LONG: Final = 16
NAME_TYPE, STREET_TYPE = "PERSON", "STREET_ADDRESS"
#: How digests are made and coded. Raise it with any change after which a record has others: lists that were loaded
#: before then have to be loaded again, because texts no longer match them.
VERSION: Final = 2
SUBJECT = "subject"
#: Kind of a column -> the type of its values.
KINDS: Final[Mapping[str, str]] = {
    "given": NAME_TYPE, "family": NAME_TYPE, "name": NAME_TYPE, "id": "USERNAME", "phone": "PHONE_NUMBER",
    "account": "BANK_ACCOUNT", "email": "EMAIL_ADDRESS", "birth_date": "DATE_OF_BIRTH", "street": STREET_TYPE,
    "zip": STREET_TYPE, "city": STREET_TYPE, SUBJECT: "",
}  # fmt: skip
#: Words that belong to family names and say nothing by themselves.
PARTICLES: Final = frozenset(
    "von van der den de del della di da dos du la le zu zur zum af av ten ter el al y e".split()
)
MOST_WORDS = 5
#: Characters of a number that counts at all, and the most.
LEAST_NUMBER, MOST_NUMBER = 4, 34
#: Added to the length of a number that has letters.
MIXED = 64
_MOST_FORMS = 12
_REMEMBERED = 1 << 17
_SHORT_WORD = 3
#: Numbers of more digits are too many for a list to hold a good part of them.
_MOST_DENSE = 10
_IBAN = re.compile(r"[a-z]{2}[0-9]{2}[0-9a-z]{11,30}", re.ASCII).fullmatch
_JOINED = re.compile(rf"(?<=\w)[{APOSTROPHES}\-](?=\w)")
_PARTICLES = re.compile(rf"\b({'|'.join(PARTICLES)})\s+(?=\w)", re.IGNORECASE)
_TWO_LETTERS = re.compile("([aou])e")
_DATE = re.compile(r"(\d{1,4})\D(\d{1,2})\D(\d{1,4})")
#: Words that say of a street that it is one, and may be left out.
_KINDS_OF_STREETS: Final = frozenset(
    "ul ulica al aleja aleje pl plac os rue avenue ave av bd boulevard blvd place chemin impasse quai via viale v "
    "piazza corso largo calle c avenida avda plaza paseo rua praca travessa str street st road rd lane drive straat "
    "laan".split()
)
_STREETS: Final = (("strasse", "str"), ("street", "st"), ("avenue", "ave"), ("road", "rd"))


class RegisteredColumn(NamedTuple):
    """A column of a file: its kind, its header, and the type of its values."""

    kind: str
    header: str
    type: str


@dataclass(slots=True)
class PersonDigests:
    """What is kept of one person: whose it is (0 without a reference), coded digests, and the lengths of numbers."""

    subject: int
    digests: list[int]
    lengths: list[tuple[int, int]] = field(default_factory=list)  # (code, digits), with letters ``MIXED`` more


def columns(text: str, known_types: Container[str] = ENTITIES) -> tuple[RegisteredColumn, ...]:
    """Return what ``given=Vorname,id:MEDICAL_RECORD_NUMBER=No`` says.

    Raises:
        ConfigurationError: it names no kind or type that exists, or nothing that could identify.

    """
    parsed = []
    for part in filter(None, text.split(",")):
        kind, _, header = part.strip().partition("=")
        kind, _, wanted = kind.partition(":")
        if kind not in KINDS:
            raise ConfigurationError(f"unknown kind of column '{kind[:40]}'; known are {', '.join(KINDS)}")
        if wanted and (wanted not in known_types or kind != "id"):
            raise ConfigurationError("only an id has a type of its own, and it must be an entity type")
        parsed.append(RegisteredColumn(kind, header or kind, wanted or KINDS[kind]))
    headers = [column.header for column in parsed if column.kind != SUBJECT]
    if len(headers) > len(set(headers)):
        raise ConfigurationError("a column is named twice: only the subject may be a column that is something else too")
    if not {"name", "family", "id", "phone", "account", "email", "street"} & {column.kind for column in parsed}:
        raise ConfigurationError("the columns name nothing that identifies a person")
    return tuple(parsed)


def types_of(chosen: Sequence[RegisteredColumn]) -> tuple[str, ...]:
    """Return the types of a list: those of its digests from code ``TYPED`` on, in order.

    Raises:
        ConfigurationError: there are too many.

    """
    types = dict.fromkeys(c.type for c in chosen if c.type not in {NAME_TYPE, STREET_TYPE, ""})
    if len(types) > CODES - TYPED:
        raise ConfigurationError("a list has too many types of values")
    return tuple(types)


class RowDigests:
    """Makes the digests of the records of a list."""

    def __init__(self, digester: Digester, chosen: Sequence[RegisteredColumn]) -> None:
        self._digester = digester
        self._columns = chosen
        self._codes = {name: TYPED + at for at, name in enumerate(types_of(chosen))}
        self._stems: BoundedCache[str, list[tuple[int, StemKind]]] = BoundedCache(_REMEMBERED)
        self._places: BoundedCache[str, list[int]] = BoundedCache(_REMEMBERED)

    def of(self, row: Mapping[str, str]) -> PersonDigests:
        """Return what is kept of a record, by its headers; nothing identifies in a record without digests."""
        values: dict[str, list[str]] = {}
        for column in self._columns:
            value = (row.get(column.header) or "").strip()
            if value:
                values.setdefault(column.kind, []).append(value)
        person = PersonDigests(subject_digest(self._digester, next(iter(values.get(SUBJECT, ())), "")), [])
        names = list(_names(values))
        self._add_names(person, names)
        words = {unit for name in names for word in name for unit in self._word_units(word)}
        for column in self._columns:
            if column.type in self._codes and (value := (row.get(column.header) or "").strip()):
                self._add_value(person, column, value, words)
        self._add_address(person, values)
        if all(digest % CODES < SETS for digest in person.digests):
            person.digests.clear()  # one word of a name, of which nobody is told
        return person

    def _word_stems(self, word: str) -> list[tuple[int, StemKind]]:
        """Return the digests of the stems of a word, each with its kind."""
        stems_found = self._stems.get(word)
        if stems_found is None:
            stems = stems_of_word(word)
            stems_found = self._stems[word] = [(self._digester.of(f"{STEM}{stem}"), kind) for stem, kind in stems]
        return stems_found

    def _word_units(self, word: str) -> list[int]:
        return [unit_of(digest, kind) for digest, kind in self._word_stems(word)]

    def _place_units(self, name: str) -> list[int]:
        """Return the units of the words of a street, a postal code or a town."""
        units = self._places.get(name)
        if units is None:
            written = filter(None, map(street_word, TOKEN.findall(name)))
            units = self._places[name] = [self._digester.of(f"s{word}") for word in written]
        return units

    def _add_names(self, person: PersonDigests, names: Sequence[Sequence[str]]) -> None:
        for words in names:
            long = OF_LONG if len(words) > 2 else 0  # noqa: PLR2004
            for word in words:
                person.digests += (coded(digest, 1 << kind | long) for digest, kind in self._word_stems(word))
            if len(words) < 2:  # noqa: PLR2004 -- one word alone is nobody's name
                continue
            ways = itertools.islice(itertools.product(*map(self._word_units, words)), _MOST_FORMS)
            person.digests += (coded(self._digester.together(sum(way)), NAME) for way in ways)
            person.digests += self._glued(words)

    def _glued(self, words: Sequence[str]) -> Iterator[int]:
        """Yield the digests of a name in one word, in the order of the record and, of two, in the other."""
        forms = [spellings(word) or ("",) for word in words]
        for at in dict.fromkeys((0, max(map(len, forms)) - 1)):  # without accents, and with "ue" for "ü"
            bones = [form[min(at, len(form) - 1)] for form in forms]
            if not may_be_glued("".join(bones)) or all(map(is_everyday, bones)):
                return  # everyday words in one are a name of a thing: "policytree"
            for order in (bones, bones[::-1]) if len(bones) == 2 else (bones,):  # noqa: PLR2004
                yield coded(self._digester.of(f"g{''.join(order)}"), NAME)

    def _add_value(self, person: PersonDigests, column: RegisteredColumn, value: str, words: set[int]) -> None:
        code = self._codes[column.type]
        if column.kind == "email":
            if MAIL.fullmatch(value):
                person.digests.append(coded(self._digester.of(f"@{value.casefold()}"), code))
            return
        for number in dict.fromkeys(_numbers(column.kind, value)):
            if not LEAST_NUMBER <= len(number) <= MOST_NUMBER:
                continue
            unit = self._digester.of(f"#{number}")
            person.digests.append(coded(unit, code))
            if not number.isdecimal():
                person.lengths.append((code, MIXED + len(number)))
            else:
                person.lengths.append((code, len(number)))
                if len(number) <= _MOST_DENSE:
                    person.digests += (coded(self._digester.together(unit + word), PAIR) for word in words)

    def _add_address(self, person: PersonDigests, values: Mapping[str, Sequence[str]]) -> None:
        for street in values.get("street", ()):
            units = self._place_units(street)
            if len(units) < 2 or not any(map(str.isdecimal, street)):  # noqa: PLR2004 -- a street has a number
                continue
            called = self._place_units(_without_kind(street))
            places = [self._place_units(name) for kind in ("zip", "city") for name in values.get(kind, ())]
            together = [[unit for units_of_place in places for unit in units_of_place]] if len(places) != 1 else []
            person.digests += (coded(unit, STREET_WORD) for unit in (*units, *itertools.chain(*places)))
            for further in (*places, *together):
                person.digests += (
                    coded(self._digester.together(sum(written) + sum(further)), STREET)
                    for written in ((units, called) if called else (units,))
                )


def subject_digest(digester: Digester, reference: str) -> int:
    """Return the digest by which a person's record is found again, 0 for no reference."""
    return digester.of(f"p{reference}") if reference else 0


def street_word(word: str) -> str:
    """Return a word of an address as it is compared, short for "street" and "Straße", "Koeln" as "Köln"."""
    bones = _TWO_LETTERS.sub(r"\1", (*spellings(word), "")[0])
    return next((bones[: -len(long)] + short for long, short in _STREETS if bones.endswith(long)), bones)


def _names(values: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Yield the names of a record: all words, then without further given names."""
    given, family = (list(itertools.chain(*map(name_words, values.get(kind, ())))) for kind in ("given", "family"))
    ways = [[*given, *family], [*given[:1], *family]] if given and family else [given or family]
    whole = [_JOINED.sub("", value) for kind in ("given", "family") for value in values.get(kind, ())]
    ways.append([word for value in whole for word in name_words(value)])  # "OConnor", "Annemarie"
    if given:
        joined = list(
            itertools.chain(*(name_words(_PARTICLES.sub(r"\1", value)) for value in values.get("family", ())))
        )
        ways += [[*given, *joined], [*given[:1], *joined]]  # "DeVries"
    for value in values.get("name", ()):
        first, _, last = value.partition(",")[::-1] if "," in value else (value, "", "")
        name = f"{first} {last}"
        for words in map(name_words, (name, _PARTICLES.sub(r"\1", name))):
            ways += [words, [words[0], words[-1]]] if words else []
    yield from (list(way) for way in dict.fromkeys(tuple(way[:MOST_WORDS]) for way in ways if way))


def _without_kind(street: str) -> str:
    """Return a street without the word that says that it is one; "" if it has none, or hardly a name beside it."""
    words = TOKEN.findall(street)
    rest = [word for word in words if skeleton(word) not in _KINDS_OF_STREETS]
    named = any(len(word) > _SHORT_WORD and word.isalpha() for word in rest)
    return " ".join(rest) if named and len(rest) < len(words) else ""


def name_words(name: str) -> list[str]:
    """Return the words of a name that tell people apart: no titles, initials or particles."""
    words = [word for word in TOKEN.findall(name) if is_long_enough(word) and not word.isdecimal()]
    kept = [word for word in words if word.lower() not in TITLES and word.lower() not in PARTICLES]
    return kept or words


def _numbers(kind: str, value: str) -> Iterator[str]:
    if kind == "birth_date":
        yield from _dates(value)
        return
    number = canonical_number(value)
    yield number
    if kind == "phone":
        yield national(number, abroad=value.lstrip().startswith(("+", "00")))
    elif _IBAN(number):
        yield number[4:].lstrip("0")


def national(number: str, *, abroad: bool) -> str:
    """Return a telephone number without the code of its country, which it has with ``abroad``."""
    if not abroad:
        return number
    for size in (1, 2, 3):
        if number[:size].isdecimal() and int(number[:size]) in COUNTRY_CODE_TO_REGION_CODE:
            return number[size:].lstrip("0")
    return number


def _dates(value: str) -> Iterator[str]:
    """Yield a date as people write its digits."""
    match = _DATE.fullmatch(value)
    if match is None:
        return
    first, middle, last = match.groups()
    if len(first) == 4:  # noqa: PLR2004 -- a year
        year, month, day = first, middle, last
    else:
        day, month, year = first, middle, last
    for parts in ((year, month, day), (day, month, year), (month, day, year)):
        yield "".join(part.zfill(2) for part in parts).lstrip("0")
        yield "".join(part.lstrip("0") for part in parts)
    short = year[-2:]
    for parts in ((day, month, short), (month, day, short)):
        yield "".join(part.zfill(2) for part in parts).lstrip("0")
        yield "".join((*(part.lstrip("0") for part in parts[:2]), short))
