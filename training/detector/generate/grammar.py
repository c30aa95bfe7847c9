"""Templates into documents: ``<this|that>`` picks, ``{slot}`` fills and marks, ``{slot1}`` is kept in a document.

A slot named after a class of ``classifier/labels.py`` makes a span of that class; the slots that are
spelled in lower case are listed in ``SLOTS``. Those that map to None are filled and not marked.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from training.detector.generate import lexicon, numbers, people, places, words
from training.detector.generate.forms import FORMS

Span = tuple[int, int, str]
_FOLDER = Path(__file__).parent / "templates"
_CHOICE = re.compile(r"<([^<>]*\|[^<>]*)>")
_TRADE = re.compile(r"(er|or|ist|ian|ant|man|eur|euse|rice|ore|tore|ista|ente|in|ik|arz|eiro|eira|ero|era)$")
_SLOT = re.compile(r"\{([a-z_]+)(\d?)\}")


@dataclass
class Cast:
    """What one document keeps returning to: its language, its people, and every numbered slot."""

    rng: random.Random
    language: str
    crowd: dict[str, people.Person] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def person(self, number: str) -> people.Person:
        if not number:
            return people.person(self.rng, self.language)
        if number not in self.crowd:
            self.crowd[number] = people.person(self.rng, self.language)
        return self.crowd[number]


Fill = Callable[[Cast, people.Person], str]


def _named(method: Callable[[random.Random, str], str]) -> Fill:
    return lambda cast, _: method(cast.rng, cast.language)


def _cased(case: str) -> Fill:
    def name(cast: Cast, who: people.Person) -> str:
        written = f"{who.surname} {who.given}" if cast.language == "hu" else who.full
        return people.inflect(written, case, cast.language)

    return name


def _spelled(cast: Cast, who: people.Person) -> str:
    """A surname as it is spelled out, letter by letter."""
    sign = cast.rng.choice([" ", " ", "-", ". "])
    return sign.join(cast.rng.choice([who.surname.lower(), who.surname.upper()]).replace(" ", ""))


def _dictated_mail(cast: Cast, who: people.Person) -> str:
    """An e-mail address as it is said."""
    at, dot = FORMS["SAID_SIGNS"].get(cast.language, FORMS["SAID_SIGNS"]["en"])
    host = cast.rng.choice(["gmail", "outlook", "web", "proton", "yahoo", "example"])
    sign = f" {cast.rng.choice([dot, dot, 'underscore', 'minus'])} "
    ending = cast.rng.choice(["com", "org", "net", cast.language])
    return f"{who.given.lower()}{sign}{who.surname.lower()} {at} {host} {dot} {ending}"


def _dictated_street(cast: Cast, _: people.Person) -> str:
    """A street with its number in words."""
    name = places.street(cast.rng, cast.language)
    bare = " ".join(word for word in name.replace(",", " ").split() if not any(map(str.isdigit, word)))
    return f"{bare or name} {numbers.pronounced(cast.rng, cast.language)}".lower()


def _coded(kind: str) -> Fill:
    return lambda cast, _: numbers.code(cast.rng, kind)


def _word(table: dict[str, tuple[str, ...]] | dict[str, list[str]]) -> Fill:
    return lambda cast, _: cast.rng.choice(table.get(cast.language, table["en"]))


def _any(table: tuple[str, ...]) -> Fill:
    return lambda cast, _: cast.rng.choice(table)


def _job(cast: Cast, _: people.Person) -> str:
    draw = cast.rng.random()
    if draw < 0.25 and cast.language == "en":
        title = cast.rng.choice(
            ["{f} {t}", "{f} {t}", "{f} and {f2} {t}", "{t}, {f}", "{l} {f} {t}", "{l} {t}"]
        ).format(
            f=cast.rng.choice(words.TRADES),
            f2=cast.rng.choice(words.TRADES),
            t=cast.rng.choice(words.POSTS),
            l=cast.rng.choice(words.RANKS),
        )
        return title[0].upper() + title[1:] if cast.rng.random() < 0.5 else title
    if draw < 0.7:
        titles = places.pool(cast.rng.choice(people.HOME[cast.language]), "job")
        title = cast.rng.choice([title for title in titles if "," not in title and _TRADE.search(title)] or ["manager"])
        return title if cast.rng.random() < 0.5 else title[0].lower() + title[1:]
    return cast.rng.choice(words.JOBS.get(cast.language, words.JOBS["en"]))


def _work(cast: Cast, _: people.Person) -> str:
    """The title of a film, a book or a song: ordinary words with capitals."""
    rng = cast.rng
    named = [lexicon.word(rng, cast.language).capitalize() for _ in range(rng.choice([1, 1, 2, 2, 2, 3]))]
    link = rng.choice(["", "", "", "", "and", "of the", "in", "for", "&"])
    if link and len(named) > 1:
        named.insert(1, link)
    return ("The " if cast.language == "en" and rng.random() < 0.2 else "") + " ".join(named)


def _nation(cast: Cast, _: people.Person) -> str:
    if cast.language != "en":
        return cast.rng.choice(words.NATIONS.get(cast.language, words.NATIONS["en"]))
    name = cast.rng.choice(words.DEMONYMS)
    return name + "s" if name[-1] in "ni" and cast.rng.random() < 0.2 else name


def _version(cast: Cast, _: people.Person) -> str:
    rng = cast.rng
    return rng.choice(["{}.{}.{}", "v{}.{}", "{}.{}.{}-rc1", "v{}.{}.{}", "{}.{}.{}.{}"]).format(
        *(rng.randint(0, 30) for _ in range(4))
    )


def _amount(cast: Cast, _: people.Person) -> str:
    rng = cast.rng
    return rng.choice(
        ["${}.{:02}", "{}.{:02} EUR", "€{}", "{},{:02} zł", "{} USD", "£{}.{:02}", "{}.000,{:02} €"]
    ).format(rng.randint(3, 9800), rng.randint(0, 99))


def _quantity(cast: Cast, _: people.Person) -> str:
    rng = cast.rng
    return rng.choice(
        ["{} mg", "{} ml", "{} kg", "{}%", "{} mmHg", "{} cm", "{}/80", "{} GB", "{} ms", "{} km", "{} units", "{} bpm"]
    ).format(rng.randint(1, 990))


def _public(cast: Cast, _: people.Person) -> str:
    return cast.rng.choice(
        words.PUBLIC_BY_LANGUAGE.get(cast.language, words.PUBLIC) if cast.rng.random() < 0.7 else words.PUBLIC
    )


def _counted(cast: Cast, table: dict[str, tuple[str, ...]]) -> str:
    return f"{cast.rng.randint(2, 120)} {cast.rng.choice(table.get(cast.language, table['en']))}"


def _world(cast: Cast, _: people.Person) -> people.Person:
    """Somebody whose name comes from far away."""
    return people.foreigner(cast.rng)


def _hex(cast: Cast, _: people.Person) -> str:
    return "".join(cast.rng.choice(string.hexdigits[:16]) for _ in range(cast.rng.choice([7, 8, 12, 32, 40])))


def _model(cast: Cast, _: people.Person) -> str:
    """The name of a device, a project or a release: a word with a capital, mostly with a number."""
    rng = cast.rng
    name = lexicon.word(rng, cast.language).capitalize()
    ends = [" {n}", " {a}{n}", "-{n}", " {a}-{n}", " Pro", " {n} Plus", " Mk {d}", "", "", f" {name[:2].upper()}{{n}}"]
    return name + rng.choice(ends).format(
        n=rng.randint(1, 9000), d=rng.randint(2, 9), a=rng.choice(string.ascii_uppercase)
    )


def _listed(cast: Cast, who: people.Person) -> str:
    """A name as lists have it, family name first."""
    forms = ["{s}, {g}", "{s} {g}", "{s}, {i}.", "{s} {i}.", "{s};{g}", "{s} {g}", "{s},{g}"]
    text = cast.rng.choice(forms).format(s=who.surname, g=who.given, i=who.given[0])
    return cast.rng.choice([text, text, text.lower(), text.upper()])


def _initials(cast: Cast, who: people.Person) -> str:
    return cast.rng.choice(
        [f"{who.given[0]}.{who.surname[0]}.", f"{who.given[0]}. {who.surname[0]}.", f"{who.given} {who.surname[0]}."]
    )


#: slot -> (class of the span or None, how to fill it)
SLOTS: dict[str, tuple[str | None, Fill]] = {
    "name": ("PERSON", lambda cast, who: people.full(cast.rng, who)),
    "full": ("PERSON", lambda _, who: who.full),
    "given": ("PERSON", lambda _, who: who.given),
    "surname": ("PERSON", lambda _, who: who.surname),
    "short": ("PERSON", _initials),
    "gen": ("PERSON", _cased("gen")),
    "dat": ("PERSON", _cased("dat")),
    "ins": ("PERSON", _cased("ins")),
    "title": ("TITLE", _word(people.TITLES)),
    "city": ("LOCATION", _named(places.city)),
    "region": ("LOCATION", lambda cast, _: places.region(cast.rng)),
    "country": ("LOCATION", _named(places.country)),
    "street": ("STREET_ADDRESS", _named(places.street)),
    "zip": ("ZIP_CODE", _named(places.postcode)),
    "facility": ("FACILITY", _named(places.facility)),
    "org": ("ORGANIZATION", _named(places.organisation)),
    "date": ("DATE", _named(numbers.date)),
    "dob": ("DATE_OF_BIRTH", _named(numbers.birth)),
    "year": ("YEAR", lambda cast, _: numbers.year(cast.rng)),
    "age": ("AGE", lambda cast, _: numbers.age(cast.rng)),
    "phone": ("PHONE_NUMBER", _named(numbers.phone)),
    "email": ("EMAIL_ADDRESS", lambda cast, who: numbers.email(cast.rng, who)),
    "url": ("URL", lambda cast, _: numbers.url(cast.rng)),
    "ip": ("IP_ADDRESS", lambda cast, _: numbers.ip(cast.rng)),
    "user": ("USERNAME", lambda cast, who: numbers.username(cast.rng, who)),
    "nid": ("NATIONAL_ID", _coded("NATIONAL_ID")),
    "passport": ("PASSPORT", _coded("PASSPORT")),
    "license": ("DRIVER_LICENSE", _coded("DRIVER_LICENSE")),
    "mrn": ("MEDICAL_RECORD_NUMBER", _coded("MEDICAL_RECORD_NUMBER")),
    "plan": ("HEALTH_PLAN_ID", _coded("HEALTH_PLAN_ID")),
    "prof": ("PROFESSIONAL_LICENSE", _coded("PROFESSIONAL_LICENSE")),
    "account": ("BANK_ACCOUNT", _coded("BANK_ACCOUNT")),
    "card": ("CREDIT_CARD", _coded("CREDIT_CARD")),
    "plate": ("VEHICLE_ID", _coded("VEHICLE_ID")),
    "client": ("ACCOUNT_ID", _coded("ACCOUNT_ID")),
    "job": ("PROFESSION", _job),
    "nation": ("NATIONALITY", _nation),
    "sex": ("SEX", _word(words.SEXES)),
    "relative": ("FAMILY", _word(words.RELATIVES)),
    "disease": ("HEALTH_CONDITION", _word(words.DISEASES)),
    "drug": ("MEDICATION", _any(words.DRUGS)),
    "sign": (None, _any(words.SIGNS)),
    "body": (None, _any(words.BODIES)),
    "public": (None, _public),
    "term": (None, _any(words.TERMS)),
    "product": (None, _any(words.PRODUCTS)),
    "ref": (None, _coded("REFERENCE")),
    "version": (None, _version),
    "amount": (None, _amount),
    "quantity": (None, _quantity),
    "hex": (None, _hex),
    "w": (None, lambda cast, _: lexicon.word(cast.rng, cast.language)),
    "prose": (None, lambda cast, _: lexicon.prose(cast.rng, cast.language)),
    "abbr": (None, lambda cast, _: cast.rng.choice(words.ABBREVIATIONS["de" if cast.language == "de" else "en"])),
    "role": (None, _any(words.ROLES)),
    "act": (None, _any(words.ACTS)),
    "work": (None, _work),
    "regimen": (None, _any(words.REGIMENS)),
    "noun": (None, _any(words.CLINICAL_NOUNS)),
    "adjective": (None, _any(words.ADJECTIVES)),
    "procedure": (None, _any(words.PROCEDURES)),
    "kind": (None, _any(words.KINDS_OF_FIRM)),
    "people": (None, _any(words.ETHNIC)),
    "ordinal": (None, lambda cast, _: numbers.ordinal(cast.rng)),
    "time": (None, lambda cast, _: f"{cast.rng.randint(0, 23)}:{cast.rng.randint(0, 59):02}"),
    "lab": (None, lambda cast, _: numbers.laboratory(cast.rng)),
    "stamp": ("DATE", lambda cast, _: numbers.stamp(cast.rng)),
    "serial": (None, lambda cast, _: numbers.serial(cast.rng)),
    "opus": (None, _word(words.OPUS)),
    "team": (None, _word(words.TEAMS)),
    "eponym": (None, _word(words.EPONYMS)),
    "brand": (None, _word(words.BRANDS)),
    "plant": (None, _word(words.PLANTS)),
    "office": (None, _word(words.OFFICES)),
    "tongue": (None, _word(words.TONGUES)),
    "heading": (None, _word(words.HEADINGS)),
    "opener": (None, _word(words.OPENERS)),
    "ident": (None, _any(words.IDENTIFIERS)),
    "lasting": (None, lambda cast, _: _counted(cast, words.SPANS_OF_TIME)),
    "counted": (None, lambda cast, _: _counted(cast, words.COUNTED)),
    "part": (None, lambda cast, _: numbers.part(cast.rng)),
    "score": (None, lambda cast, _: numbers.score(cast.rng)),
    "hours": (None, lambda cast, _: numbers.hours(cast.rng)),
    "lower": ("PERSON", lambda _, who: who.full.lower()),
    "givenlow": ("PERSON", lambda _, who: who.given.lower()),
    "upper": ("PERSON", lambda _, who: who.surname.upper()),
    "surlow": ("PERSON", lambda _, who: who.surname.lower()),
    "listed": ("PERSON", _listed),
    "said": ("PHONE_NUMBER", _named(numbers.said)),
    "eastern": ("PERSON", lambda _, who: f"{who.surname} {who.given}"),
    "spelled": ("PERSON", _spelled),
    "saidmail": ("EMAIL_ADDRESS", _dictated_mail),
    "saidstreet": ("STREET_ADDRESS", _dictated_street),
    "saidzip": ("ZIP_CODE", lambda cast, _: numbers.pronounced(cast.rng, cast.language, 4, 5)),
    "saidid": ("NATIONAL_ID", lambda cast, _: numbers.pronounced(cast.rng, cast.language, 8, 11)),
    "saidclient": ("ACCOUNT_ID", lambda cast, _: numbers.pronounced(cast.rng, cast.language, 5, 9)),
    "saidamount": (None, lambda cast, _: numbers.pronounced(cast.rng, cast.language, 1, 2)),
    "lib": (None, _any(words.LIBRARIES)),
    "thing": (None, _any(words.THINGS)),
    "model": (None, _model),
    "foreign": ("PERSON", lambda cast, who: _world(cast, who).full),
    "foreigngiven": ("PERSON", lambda cast, who: _world(cast, who).given),
    "foreignupper": ("PERSON", lambda cast, who: _world(cast, who).surname.upper()),
    "spoken": ("DATE", _named(numbers.spoken)),
    "dates": ("DATE", _named(numbers.dates)),
    "contract": ("ACCOUNT_ID", lambda cast, _: numbers.contract(cast.rng)),
    "tag": ("VEHICLE_ID", _named(numbers.tag)),
    "n": (None, lambda cast, _: str(cast.rng.randint(1, 500))),
}


@cache
def templates(language: str) -> tuple[str, ...]:
    """The templates of a language, a line of its file each."""
    lines = (_FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.replace("\\n", "\n") for line in lines if line.strip())


def choose(rng: random.Random, template: str) -> str:
    """Settle every ``<this|that>``, innermost first."""
    while match := _CHOICE.search(template):
        template = template[: match.start()] + rng.choice(match.group(1).split("|")) + template[match.end() :]
    return template


def fill(cast: Cast, template: str) -> tuple[str, list[Span]]:
    """Fill the slots of a template whose choices are settled."""
    text, spans, last = "", [], 0
    for match in _SLOT.finditer(template):
        text += template[last : match.start()]
        last = match.end()
        label, make = SLOTS[match.group(1)]
        number = match.group(2)
        key = match.group(0)
        value = cast.kept.get(key) if number else None
        if value is None:
            value = make(cast, cast.person(number))
            if number:
                cast.kept[key] = value
        if label == "TITLE" and value in people.SALUTATIONS:
            label = None
        if label:
            spans.append((len(text), len(text) + len(value), label))
        text += value
    return text + template[last:], spans
