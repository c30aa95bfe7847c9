"""Dates in eight languages, dates of birth, and ages of ninety and more (45 CFR 164.514(b)(2)(i)(C))."""

# ruff: noqa: E501, RUF001 -- tables and patterns are read line by line
from __future__ import annotations

import re

from proxy.detection.patterns.pattern import Pattern
from proxy.detection.text.context import ContextWords, normalised

_MONTHS = (
    "(?i:january|february|march|april|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
    "|januar|j[äa]nner|februar|m[äa]rz|mai|juni|juli|oktober|dezember|okt|dez|janvier|f[ée]vrier|mars|avril|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre"
    "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|ene|ago|dic|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
    "|dicembre|janeiro|fevereiro|mar[çc]o|maio|junho|julho|setembro|outubro|novembro|dezembro|januari|februari|maart|mei|augustus|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca"
    "|sierpnia|wrze[śs]nia|pa[źz]dziernika|listopada|grudnia|may)[.]?"
)
_ORDINAL = "(?:st|nd|rd|th|er|[.º°])?"
_DAY = f"[0-3]?[0-9]{_ORDINAL}"
#: Between the days of a range: "3 au 7 février".
_UNTIL = " ?(?:[-–]|(?i:to|and|bis|und|au|et|al|y|e|a|tot|t/m|en|do|i)) ?"
_YEAR = "(?:(?:19|20|21)[0-9]{2}|['’][0-9]{2})"
_OF = "(?: (?i:of|de|del|do|di))?"
#: What every date with a month's name holds: the month beside a number.
_NAMED = f"[0-9](?:st|nd|rd|th|er|[.º°])?{_OF}[ -]?{_MONTHS}|{_MONTHS},?{_OF} (?:the )?['’]?[0-9]"
_TIME = "(?:[T ,]{1,2}[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?: ?(?:Z|(?i:am|pm)|[+-][0-2][0-9]:?[0-5][0-9]))?)?"
_BIRTH = ContextWords(
    "dob", "d o b", "date of birth", "birth date", "birthdate", "birth", "birthday", "born", "born on", "geb", "geboren", "geburtsdatum", "geburtstag",
    "geb am", "ne le", "nee le", "ne", "nee", "date de naissance", "naissance", "nacimiento", "fecha de nacimiento", "nacido", "nacida", "nacio", "fn",
    "data di nascita", "nascita", "nato", "nata", "data de nascimento", "nascimento", "nascido", "nascida", "geboortedatum", "geboren op", "urodzony",
    "urodzona", "urodzonym", "urodzenia", "data urodzenia", "ur", "bday", "nasceu", "nasceu em", "nacio el", "e nato", "e nata", "naquit", "geburt", "gebdat",
    "geb datum", "geburtsdat", "fecha nac", "fec nac", "fnac", "f nac", "date naiss", "ddn", "data nasc", "dt nasc", "dtnasc", "data ur", "geb dat", "nascimento", "nac", "rodne", "narozen",
    "fodelsedatum", "fodselsdato", "syntynyt", "birth dt", "birth day",
)  # fmt: skip
_NOT_BIRTH = ContextWords(
    "admitted", "admission", "seen", "visit", "discharge", "discharged", "ingreso", "alta", "entlassung", "aufnahme", "appointment", "issued", "expires",
    "created", "updated", "due", "diagnosed", "surgery", "operation", "died", "gestorben", "vom", "wystawiony", "wydany",
)  # fmt: skip


def birth_or_date(_value: str, raw: str) -> str:
    """Return the date's type by the words before it."""
    before = normalised(raw)
    birth = _BIRTH.nearest(before)
    return "DATE_OF_BIRTH" if birth >= 0 and birth >= _NOT_BIRTH.nearest(before) else "DATE"


_NUMBERS = re.compile("[0-9]+")
_MOST = 31


def numeric_date(value: str) -> int:
    """Three numbers that are a day, a month and a year in some order."""
    parts = [int(n) for n in _NUMBERS.findall(value)[:3]]
    first, second, third = parts
    if first > 1000:  # noqa: PLR2004 -- a year of four digits
        fits = 1 <= second <= 12 and 1 <= third <= _MOST  # noqa: PLR2004
    else:
        fits = (1 <= first <= _MOST and 1 <= second <= 12) or (1 <= first <= 12 and 1 <= second <= _MOST)  # noqa: PLR2004
    return len(value) if fits else 0


def _day_fits(value: str) -> int:
    day = _NUMBERS.search(value)
    return len(value) if day is not None and (1 <= int(day.group()) <= _MOST or len(day.group()) == 4) else 0  # noqa: PLR2004


def numeric_or_named(value: str) -> int:
    """A date in numbers or with the name of a month."""
    return numeric_date(value) if len(_NUMBERS.findall(value)) > 2 else _day_fits(value)  # noqa: PLR2004


PATTERNS: tuple[Pattern, ...] = (
    Pattern("date_numeric", "DATE", f"[0-3]?[0-9](?P<s>[./-]) ?[0-3]?[0-9][./-] ?(?:(?:19|20|21)[0-9]{{2}}|[0-9]{{2}}){_TIME}", 60, 0.6, "[0-9][./-] ?[0-9]{1,2}[./-] ?[0-9]{2}", numeric_date,
            border=("(?<![^\\W_])(?<![0-9][.,:/\\-+])", "(?![^\\W_])(?![./-][0-9])"), wary=True, refine=birth_or_date),
    Pattern("date_iso", "DATE", f"(?:19|20|21)[0-9]{{2}}[-./][0-1]?[0-9][-./][0-3]?[0-9]{_TIME}", 60, 0.7, "[0-9]{4}[-./][0-9]{1,2}[-./][0-9]", numeric_date,
            border=("(?<![^\\W_])(?<![0-9][.,:/\\-+])", "(?![^\\W_])(?![./-][0-9])"), refine=birth_or_date),
    Pattern("date_month_first", "DATE", f"{_MONTHS} (?:the )?{_DAY}(?:,? {{1,2}}{_YEAR})?{_TIME}", 80, 0.75, _NAMED, _day_fits, refine=birth_or_date),
    Pattern("date_day_first", "DATE", f"{_DAY}{_OF}[ -]?{_MONTHS}(?:[,.]?{_OF}[ -]{_YEAR}|[12][0-9]{{3}})?{_TIME}", 90, 0.75, _NAMED, _day_fits, refine=birth_or_date),
    Pattern("date_day_range", "DATE", f"{_DAY}{_UNTIL}{_DAY}{_OF}[ -]?{_MONTHS}(?:[,.]?{_OF}[ -]{_YEAR})?", 90, 0.8, f"[0-9]{_ORDINAL}{_UNTIL}[0-9]{{1,2}}{_ORDINAL}{_OF}[ -]?{_MONTHS}", _day_fits),
    Pattern("date_month_year", "DATE", f"{_MONTHS},?{_OF} {_YEAR}", 40, 0.6, _NAMED, refine=birth_or_date),
    Pattern("date_month_slash", "DATE", "(?:0?[1-9]|1[0-2])/(?:19[0-9]|20[0-3])[0-9]", 8, 0.45, "[0-9]/[12][0-9]{3}", border=("(?<![^\\W_])(?<![0-9][.,:/\\-+])", "(?![^\\W_])(?![./-][0-9])"), wary=True),
    Pattern("date_month_range", "DATE", "(?:0?[1-9]|1[0-2])/[0-9]{2} ?[–-] ?(?:0?[1-9]|1[0-2])/[0-9]{2}|[(](?:[A-Z]{2} )?(?:0?[1-9]|1[0-2])/[0-9]{2}[)]", 16, 0.45, "[0-9]/[0-9]{2}", border=("(?<![^\\W_])(?<![0-9][.,:/\\-+])", "(?![^\\W_])(?![./][0-9])"), wary=True),
    Pattern("date_born_behind", "DATE_OF_BIRTH", f"(?P<v>(?:[0-3]?[0-9][./-] ?[0-3]?[0-9][./-] ?(?:19|20)?[0-9]{{2}}|(?:19|20)[0-9]{{2}}-[01][0-9]-[0-3][0-9]|{_DAY}{_OF}[ -]?{_MONTHS}{_OF} {_YEAR}))[, ]{{1,2}}(?i:(?:in|à|a|en|te|w) [^\\W\\d_]{{2,30}} )?(?i:geboren|geborene?[rn]?|geb[.]|zur welt gekommen|urodzon[ayei]|(?:was|were) born|ter wereld gekomen)", 100, 0.8, "[./-][0-9]{2,4}|[0-9]{4}|['\u2019][0-9]{2}", numeric_or_named,
            border=("(?<![^\\W_])(?<![0-9][.,:/\\-+])", "")),
    Pattern("birth_year", "DATE_OF_BIRTH", "(?i:born(?: in)?|year of birth|yob|geboren(?: im jahr)?|n[ée]e? en|nacid[oa] en|nat[oa] nel|nascid[oa] em|ur[.])[: ]{1,2}(?P<v>(?:19|20)[0-9]{2})", 40, 0.6),
    Pattern("age_over_89", "AGE", "(?P<v>9[0-9]|1[01][0-9])[- ]?(?i:years?[- ]old|years? of age|year[- ]old|y/?o|yo|yrs?[- ]old|jahre alt|-?j[äa]hrig[a-z]{0,3}|ans|a[ñn]os|anni|anos|jaar oud|jaar|lat(?:a)?|-?letni[a-z]{0,4})", 24, 0.85),
    Pattern("age_field_over_89", "AGE", "(?i:aged?|alter|[âa]ge|edad|et[àa]|idade|leeftijd|wiek)[\"']?[: ]{1,3}(?P<v>9[0-9]|1[01][0-9])", 20, 0.85),
)  # fmt: skip
