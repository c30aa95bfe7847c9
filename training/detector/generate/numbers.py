"""Dates, ages, telephone numbers, identifiers and addresses of machines, written in many ways."""

from __future__ import annotations

import datetime as dt
import random
import string

from training.detector.generate import people
from training.detector.generate.forms import FORMS, pick

#: Share of dates and telephone numbers that are written in words, as dictated.
_IN_WORDS = 0.04
_NICKNAMES = (
    *("the", "real", "just", "mr", "its_", "_dev", "codes", "pixel", "night", "dark", "fox", "wolf", "tiger", "gamer"),
    *("star", "moon", "panda", "runner", "coffee", "rocket", "ninja", "blue", "silent", "happy", "chef", "biker"),
)


def code(rng: random.Random, kind: str) -> str:
    """An identifier of a kind in one of its written shapes."""
    out = []
    for sign in pick(rng, "SHAPES", kind):
        if sign == "9":
            out.append(rng.choice(string.digits))
        elif sign == "A":
            out.append(rng.choice(string.ascii_uppercase))
        elif sign == "#":
            out.append(rng.choice(string.ascii_uppercase + string.digits))
        else:
            out.append(sign)
    text = "".join(out)
    if kind == "CREDIT_CARD" and rng.random() < 0.5:
        return str(people.locale("en_US").credit_card_number())
    if kind == "BANK_ACCOUNT" and rng.random() < 0.2:
        return str(people.locale(rng.choice(["de_DE", "en_GB", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL"])).iban())
    return text


def _ordinal(day: int) -> str:
    if 11 <= day <= 13:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def date(rng: random.Random, language: str, first: int = 1985, last: int = 2026) -> str:
    """A calendar date that is more than a year; at times in words."""
    if rng.random() < _IN_WORDS:
        return spoken(rng, language)
    day = dt.date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28))
    draw = rng.random()
    if draw < 0.5:
        form = pick(rng, "WRITTEN", language)
    elif language == "en" and draw < 0.85:
        form = pick(rng, "AMERICAN")
    else:
        form = pick(rng, "DIGITS")
    month = FORMS["MONTHS"][language][day.month - 1]
    return form.format(
        d=day.day, dd=f"{day.day:02}", m=day.month, mm=f"{day.month:02}", y=day.year, yy=f"{day.year % 100:02}",
        M=month, A=month[:3], o=_ordinal(day.day),
    )  # fmt: skip


def spoken(rng: random.Random, language: str) -> str:
    """A day and month in words."""
    text = pick(rng, "SPOKEN", language).format(d=pick(rng, "DAYS", language), M=pick(rng, "MONTHS", language))
    return text + (f" {year(rng)}" if rng.random() < 0.2 and language not in {"es", "pt"} else "")


def dates(rng: random.Random, language: str) -> str:
    """From one day to another of the same month."""
    first = rng.randint(1, 24)
    return pick(rng, "RANGES", language).format(
        a=first, b=rng.randint(first + 1, 28), M=pick(rng, "MONTHS", language), y=rng.randint(2015, 2027)
    )


def _shaped(rng: random.Random, shape: str) -> str:
    signs = {"9": string.digits, "A": string.ascii_uppercase}
    return "".join(rng.choice(signs[sign]) if sign in signs else sign for sign in shape)


def contract(rng: random.Random) -> str:
    """A contract, policy, file or client number with letters, slashes and dashes."""
    return _shaped(rng, pick(rng, "CONTRACTS"))


def tag(rng: random.Random, language: str) -> str:
    """A number plate of the country."""
    return _shaped(rng, pick(rng, "TAGS", language))


def part(rng: random.Random) -> str:
    """A part or article number: bare digits, or digits in groups."""
    return _shaped(rng, rng.choice(["99999999", "999999999", "9999999999", "999 999 999", "99.999.999", "99999-999"]))


def score(rng: random.Random) -> str:
    top = rng.choice([6, 40, 110])
    return f"{rng.randint(0, top)}{rng.choice(['-', '-', ' - ', ':'])}{rng.randint(0, top)}"


def hours(rng: random.Random) -> str:
    first, last = rng.randint(6, 12), rng.randint(13, 23)
    return rng.choice(["{}h-{}h", "{}:00-{}:30", "{}:30 - {}:00", "{}.00-{}.00", "{}h30 - {}h"]).format(first, last)


def stamp(rng: random.Random) -> str:
    """A time stamp of a log or an API."""
    day = dt.datetime(rng.randint(2015, 2027), rng.randint(1, 12), rng.randint(1, 28), tzinfo=dt.UTC)
    day += dt.timedelta(minutes=rng.randint(0, 1439))
    return day.strftime(
        rng.choice(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S+02:00"])
    )


def ordinal(rng: random.Random) -> str:
    number = rng.randint(1, 60)
    return f"{number}{_ordinal(number)}"


def laboratory(rng: random.Random) -> str:
    """A measured value: no date, age or identifier, though it looks like one."""
    high, low, small = rng.randint(60, 220), rng.randint(20, 110), rng.randint(0, 19)
    return pick(rng, "LABORATORY").format(h=high, l=low, s=small)


def serial(rng: random.Random) -> str:
    """A number of a thing, a batch or a reading."""
    head = rng.choice(
        ["SN", "LOT", "BATCH", "SENSOR", "NODE", "ITEM", "ROW", "TASK", "JOB", "DOC", "CHUNK", "SEQ", "EVT", "TRC"]
    )
    return f"{head}-{rng.randint(0, 10 ** rng.randint(3, 10)):0{rng.randint(3, 9)}}"


def birth(rng: random.Random, language: str) -> str:
    return date(rng, language, 1932, 2018)


def year(rng: random.Random) -> str:
    return str(rng.randint(1950, 2027))


def age(rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.1:
        return str(rng.randint(90, 104))
    return str(rng.randint(1, 89) if draw < 0.4 else rng.randint(18, 89))


def phone(rng: random.Random, language: str) -> str:
    if rng.random() < _IN_WORDS:
        return said(rng, language)
    if rng.random() < 0.2:
        language = rng.choice(list(FORMS["PHONES"]))
    if rng.random() < 0.15:
        return str(people.locale(rng.choice(people.HOME[language])).phone_number())
    three = [f"{rng.randint(201, 989)}" for _ in range(3)]
    four = [f"{rng.randint(1000, 9999)}" for _ in range(2)]
    two = [f"{rng.randint(10, 99)}" for _ in range(4)]
    return pick(rng, "PHONES", language).format(
        a=three[0], b=three[1], b2=three[2], c=four[0], c2=four[1],
        e=two[0], e2=two[1], e3=two[2], e4=two[3], g=rng.randint(1, 9),
    )  # fmt: skip


def pronounced(rng: random.Random, language: str, least: int = 1, most: int = 3) -> str:
    """Some digits as they are said."""
    return " ".join(pick(rng, "DIGIT_WORDS", language) for _ in range(rng.randint(least, most)))


def said(rng: random.Random, language: str) -> str:
    """A telephone number as it is dictated, digit by digit."""
    return pronounced(rng, language, 6, 11)


def email(rng: random.Random, who: people.Person) -> str:
    given, surname = (part.lower().replace(" ", "").replace("'", "") for part in (who.given, who.surname))
    local = rng.choice(
        [
            f"{given}.{surname}",
            f"{given[0]}{surname}",
            f"{given}{rng.randint(1, 99)}",
            f"{surname}_{given}",
            f"{given}-{surname}",
            given,
        ]
    )
    host = rng.choice([*FORMS["MAIL_HOSTS"], f"{surname.replace('-', '')}.com"])
    return f"{local}@{host}"


def username(rng: random.Random, who: people.Person) -> str:
    given, surname = (part.lower().replace(" ", "").replace("'", "") for part in (who.given, who.surname))
    return rng.choice(
        [
            f"{given}{rng.randint(1, 999)}",
            f"{given}_{surname}",
            f"{given[0]}.{surname}",
            f"x{surname}{rng.randint(1, 99)}",
            f"{given[:3]}{surname[:3]}{rng.randint(10, 99)}",
            f"{given[0]}{surname}",
            f"{given[0]}{surname}{rng.randint(1, 9)}",
            f"{given}.{surname}",
            f"{given}-{surname}",
            f"{surname}{given[0]}",
            f"{surname}.{given}",
            f"{given}{surname}",
            f"{given}{rng.randint(1960, 2012)}",
            f"{given}.{surname[0]}",
            f"{rng.choice(_NICKNAMES)}{given}",
            f"{given}{rng.choice(_NICKNAMES)}",
            f"{rng.choice(_NICKNAMES)}{rng.choice(_NICKNAMES)}{rng.randint(1, 99)}",
            f"{given.capitalize()}{surname.capitalize()}",
            f"{given[0]}{surname[0]}{rng.randint(1000, 999999)}",
            f"{surname[:6]}{given[:2]}",
        ]
    )


def url(rng: random.Random) -> str:
    host = rng.choice([people.locale("en_US").domain_name, people.locale("de_DE").domain_name])()
    return rng.choice(
        ["https://www.{h}/", "http://{h}", "www.{h}", "{h}", "https://{h}/u/{n}", "https://{h}/profile?id={n}"]
    ).format(h=host, n=rng.randint(100, 99999))


def ip(rng: random.Random) -> str:
    fake = people.locale("en_US")
    return str(fake.ipv6() if rng.random() < 0.25 else fake.ipv4())
