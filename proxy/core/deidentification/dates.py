"""Dates moved by whole days, each in the layout and language in which it was written. Pure.

A date with a day moves by the days. A month, or a year, alone moves by the nearest number of months, or of years, so
that equal steps stay equal. What names no day of a calendar ("yesterday", "three weeks", a weekday) stays: it is
as true of moved dates. A date without a year is counted in a year of 365 days.
"""

# ruff: noqa: RUF001 -- months of several alphabets
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

#: The least and the number of offsets, in weeks back: a year alone moves by one to three years, a weekday never.
_LEAST_WEEKS, OFFSETS = 27, 156
_DAYS_OF_MONTH, _DAYS_OF_YEAR = 30.436875, 365.2425
_NO_YEAR = 2023
_MONTHS = 12
_EITHER = "/-"  # between numbers of which either may be the month
_CENTURY, _PIVOT = 100, 40


class _Row(NamedTuple):
    """The months of a language in one form, lower case."""

    language: str
    capital: bool
    months: tuple[str, ...]


def _row(language: str, months: str, *, capital: bool = False) -> _Row:
    return _Row(language, capital, tuple(months.split()))


_ROWS: Final = (
    _row("en", "january february march april may june july august september october november december", capital=True),
    _row("de", "januar februar märz april mai juni juli august september oktober november dezember", capital=True),
    _row("fr", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    _row("es", "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    _row("it", "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    _row("pt", "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
    _row("nl", "januari februari maart april mei juni juli augustus september oktober november december"),
    _row("pl", "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"),
    _row("pl", "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień"),
    _row("uk", "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"),
    _row("uk", "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень"),
    _row("en", "jan feb mar apr may jun jul aug sep oct nov dec", capital=True),
    _row("de", "jan feb mär apr mai jun jul aug sep okt nov dez", capital=True),
    _row("fr", "janv févr mars avr mai juin juil août sept oct nov déc"),
    _row("es", "ene feb mar abr may jun jul ago sep oct nov dic"),
    _row("it", "gen feb mar apr mag giu lug ago set ott nov dic"),
    _row("pt", "jan fev mar abr mai jun jul ago set out nov dez"),
    _row("nl", "jan feb mrt apr mei jun jul aug sep okt nov dec"),
    _row("pl", "sty lut mar kwi maj cze lip sie wrz paź lis gru"),
)
_ALSO: Final = {"sept": "sep", "febr": "feb"}  # other abbreviations of the same month
_NAMES = "|".join(sorted({*_ALSO, *(month for row in _ROWS for month in row.months)}, key=len, reverse=True))
_MONTH = rf"(?P<name>{_NAMES})(?![^\W\d_])"
_YEAR = r"(?P<y>(?:1[5-9]|20|21)\d\d|(?<=['’])\d\d)(?!\d)"
_OF = r"(?: (?:de|del|of|do|di))?"
_ORDINAL = r"(?P<o>st|nd|rd|th|er|º|\.)?"
#: The layouts in the order in which they are tried; d, m, y are numbers, ``name`` is a month.
_LAYOUTS: Final = tuple(
    re.compile(layout, re.IGNORECASE)
    for layout in (
        r"(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?!\d)",
        r"(?P<d>\d{1,2})(?P<mark>[-/.])( ?)(?P<m>\d{1,2})(?P=mark)\3(?P<y>\d{4}|\d\d)(?!\d)",
        r"(?P<y>(?:1[5-9]|20|21)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d)",
        rf"(?P<d>\d{{1,2}}){_ORDINAL}{_OF}[ -]?{_MONTH}(?:\.?,?{_OF}[ -]['’]?{_YEAR})?",
        rf"{_MONTH}\.?(?: the)? (?P<d>\d{{1,2}})(?!\d){_ORDINAL}(?:,? {{1,2}}['’]?{_YEAR})?",
        rf"{_MONTH}\.?,?{_OF} ['’]?{_YEAR}",
        r"(?P<m>\d{1,2})[/.](?P<y>(?:1[5-9]|20|21)\d\d)(?!\d)",
        r"(?P<y>(?:1[5-9]|20|21)\d\d)[-/.](?P<m>\d\d)(?!\d)",
        r"(?P<m>\d{1,2})/(?P<y>\d\d)(?![\d/])",
        r"(?P<d>\d{1,2})\. ?(?P<m>\d{1,2})(?!\d)",
        rf"{_MONTH}",
        rf"['’]?{_YEAR}",
    )
)
_START = re.compile(r"(?<![^\W_])[^\W_]|(?<![^\W_])['’](?=\d\d(?!\d))")
_CLOCK = re.compile(
    r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?|[+-]\d\d:?\d\d(?!\d)|\d{1,2} ?(?:[ap]\.?m\b|uhr\b|h\b)", re.IGNORECASE
)
_UNTIL = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|er|º|\.)? ?(?:[-–]|(?:to|and|bis(?: zum)?|und|au|et|al|y|e|a|tot|t/m|en|do|i)) ?",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"\d{1,4}[- ]?(?:day|week|month|year|hour|minute|second|tag|woche|monat|jahr|stunde|jour|semaine|mois|ans?\b"
    r"|heure|d[íi]a|semana|mes|año|hora|giorn|settiman|anni\b|anno\b|or[ae]\b|dag|maand|jaar|uur|dni\b|dzień|tydz|tygod"
    r"|miesi|rok|lat\b|lata\b|godzin|дн|день|тижн|місяц|рок|рік)",
    re.IGNORECASE,
)
_PARTS = ("y", "m", "d", "name", "o")


def days_back(number: int) -> int:
    """Return the offset in days, negative, for a number below ``OFFSETS``."""
    return -7 * (_LEAST_WEEKS + number)


class _Read(NamedTuple):
    """One date in a value: the spans of its parts, and their meaning; 0 for a part that it lacks."""

    spans: dict[str, tuple[int, int]]
    start: int
    end: int
    year: int
    month: int
    day: int
    row: _Row | None


#: By the mark between the numbers of dates: whether the month comes first; None where dates show both.
MonthFirst = Mapping[str, bool | None]


def shifted(value: str, days: int, language: str = "", order: MonthFirst | None = None) -> str | None:
    """Return a value with its dates moved, itself where it names no day of a calendar, None where it cannot be read.

    ``language``: BCP 47 of the text around it; it decides what "april" is where the value does not, and "03/04/1984"
    where ``order``, what other dates of the request show, does not.
    """
    reads, rest = _reads(value, language, order or {})
    if not reads:
        return None if any(map(str.isdecimal, _SPAN.sub(" ", rest))) else value
    edits: list[tuple[int, int, str]] = []
    done = 0
    for read in reads:
        moved = _moved(read, days)
        first = _UNTIL.search(value, done, read.start)
        if moved is None or (before := _first_day(read, moved, first, days)) is None:
            return None
        edits += before
        edits += _written(value, read, moved)
        done = read.end
    unread = _apart_from(
        value, [*((read.start, read.end) for read in reads), *((start, end) for start, end, _ in edits)]
    )
    if any(map(str.isdecimal, _CLOCK.sub(" ", unread))):
        return None
    for start, end, new in sorted(edits, reverse=True):
        value = value[:start] + new + value[end:]
    return value


def month_orders(texts: Iterable[Iterable[str]]) -> list[MonthFirst]:
    """Return for the dates of each text what those of all show of their order; its own, where those of all show both.

    In "20/03/2024" only the second number can be the month.
    """
    each = [list(values) for values in texts]
    of_all = _month_first(value for values in each for value in values)
    if None not in of_all.values():
        return [of_all] * len(each)
    return [{**of_all, **{mark: of[mark] for mark in of if of_all[mark] is None}} for of in map(_month_first, each)]


def _month_first(values: Iterable[str]) -> MonthFirst:
    orders: dict[str, bool | None] = {}
    for value in values:
        for read in _reads(value, "", {})[0]:
            day, month, year = (read.spans.get(part, (0, 0)) for part in ("d", "m", "y"))
            if read.day > _MONTHS and month[1] and year > max(day, month):
                mark, is_first = value[min(day, month)[1]], month < day
                if mark in _EITHER:
                    orders[mark] = is_first if orders.get(mark, is_first) == is_first else None
    return orders


def spellings(stand_in: str, original: str) -> Iterator[tuple[str, str]]:
    """Yield a moved full date in other layouts than its own, each with the original in that layout."""
    ours, theirs = _full(stand_in), _full(original)
    if ours is not None and theirs is not None:
        is_certain = ours.day > _MONTHS  # every order of its numbers is read alike
        layouts = (_layouts(day, any_order=is_certain) for day in (ours, theirs))
        for layout, other in zip(*layouts, strict=True):
            if layout != stand_in:
                yield layout, other


def _full(value: str) -> date | None:
    """Return the date that a value is, None for a part of one, or where the order of its numbers is not certain."""
    reads, rest = _reads(value, "", {})
    if len(reads) != 1 or not (reads[0].year and reads[0].month and reads[0].day) or any(map(str.isalnum, rest)):
        return None
    (read,) = reads
    uncertain = any(mark in value for mark in _EITHER) and read.day <= _MONTHS and not value[:4].isdecimal()
    return None if uncertain else _date(read.year, read.month, read.day)


def _layouts(day: date, *, any_order: bool) -> Iterator[str]:
    iso = day.isoformat()
    y, m, d = iso.split("-")
    yield from (iso, f"{y}/{m}/{d}", f"{day.day}.{day.month}.{y}", f"{d}.{m}.{y}", f"{day.day}. {day.month}. {y}")
    if any_order:
        yield from (f"{d}/{m}/{y}", f"{d}-{m}-{y}", f"{m}/{d}/{y}", f"{day.month}/{day.day}/{y}", f"{m}-{d}-{y}")
    ordinal = f"{day.day}{_suffix(day.day)}"
    for row in _ROWS[:10]:
        month = row.months[day.month - 1]
        if row.language == "en":
            month = month.title()
            yield from (
                f"{month} {day.day}, {day.year}", f"{month} {ordinal}, {day.year}", f"{day.day} {month} {day.year}",
                f"{ordinal} {month} {day.year}", f"{ordinal} of {month} {day.year}", f"{month} {day.day} {day.year}",
            )  # fmt: skip
        elif row.language == "de":
            yield f"{day.day}. {month.title()} {day.year}"
        elif row.language in {"es", "pt"}:
            yield f"{day.day} de {month} de {day.year}"
        else:
            yield f"{day.day} {month} {day.year}"


def _reads(value: str, language: str, order: MonthFirst) -> tuple[list[_Read], str]:
    """Return the dates of a value, and what is around them."""
    reads: list[_Read] = []
    done = 0
    for start in _START.finditer(value):
        if start.start() < done or _CLOCK.match(value, start.start()):
            continue
        for layout in _LAYOUTS:
            match = layout.match(value, start.start())
            read = None if match is None else _read(match, language, order)
            if read is not None:
                reads.append(read)
                done = read.end
                break
    return reads, _apart_from(value, [(read.start, read.end) for read in reads])


def _apart_from(value: str, spans: list[tuple[int, int]]) -> str:
    covered = {at for start, end in spans for at in range(start, end)}
    return "".join(" " if at in covered else character for at, character in enumerate(value))


def _read(match: re.Match[str], language: str, order: MonthFirst) -> _Read | None:
    """Return what a layout read, None if it is not a date."""
    spans = {part: match.span(part) for part in _PARTS if part in match.re.groupindex and match[part]}
    numbers = {part: int(match[part]) if part in spans else 0 for part in ("y", "m", "d")}
    row = None
    if "name" in spans:
        month = match["name"].lower()
        row = _row_of(_ALSO.get(month, month), match, language)
        numbers["m"] = row.months.index(_ALSO.get(month, month)) + 1
    elif "mark" in match.re.groupindex and _is_month_first(match, language, order):
        spans["m"], spans["d"] = spans["d"], spans["m"]
        numbers["m"], numbers["d"] = numbers["d"], numbers["m"]
    year, month_number, day = numbers["y"], numbers["m"], numbers["d"]
    if "y" in spans and spans["y"][1] - spans["y"][0] == 2:  # noqa: PLR2004 -- two digits
        year += 1900 if year >= _PIVOT else 2000
    if _date(year or _NO_YEAR, month_number or 1, day or 1) is None or ("d" in spans and not day):
        return None
    if "m" in spans and not numbers["m"]:
        return None
    return _Read(spans, match.start(), match.end(), year, month_number, day, row)


def _row_of(month: str, match: re.Match[str], language: str) -> _Row:
    """Return the row of a month that several languages have: by the text, by a full stop, by "de", by its case."""
    whole = match[0].lower()

    def fit(row: _Row) -> tuple[bool, bool, bool, bool]:
        dotted = bool(re.match(r"\d+\.", whole))
        return (
            row.language == language[:2],
            (row.language == "de") == dotted,
            (row.language in {"es", "pt"}) == (" de " in whole),
            row.capital == match["name"][0].isupper(),
        )

    return max((row for row in _ROWS if month in row.months), key=fit)


def _is_month_first(match: re.Match[str], language: str, order: MonthFirst) -> bool:
    """Whether the first of two numbers is the month: if only that is possible, here or beside it; in American texts."""
    first, second, mark = int(match["d"]), int(match["m"]), match["mark"]
    if first > _MONTHS or second > _MONTHS:
        return second > _MONTHS
    shown = order.get(mark)
    return mark == "/" and language in {"en", "en-US"} if shown is None else shown


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _moved(read: _Read, days: int) -> date | None:
    """Return the moved date, of which only the parts that the date has mean anything."""
    if read.day:
        return _plus(_date(read.year or _NO_YEAR, read.month, read.day), days)
    if read.month:
        months = (read.year or _NO_YEAR) * 12 + read.month - 1 + round(days / _DAYS_OF_MONTH)
        return _date(months // 12, months % 12 + 1, 1)
    return _date(read.year + round(days / _DAYS_OF_YEAR), 1, 1)


def _plus(day: date | None, days: int) -> date | None:
    try:
        return None if day is None else day + timedelta(days)
    except OverflowError:
        return None


def _first_day(read: _Read, moved: date, first: re.Match[str] | None, days: int) -> list[tuple[int, int, str]] | None:
    """Return the edit of the first day of a range ("3 to 7 March"), None if it moves into another month."""
    if first is None or first.end() != read.start or not read.day:
        return []
    begin = _plus(_date(read.year or _NO_YEAR, read.month, int(first[1])), days)
    if begin is None or (begin.year, begin.month) != (moved.year, moved.month):
        return None
    return [(*first.span(1), str(begin.day).zfill(len(first[1]) if first[1][0] == "0" else 1))]


def _written(value: str, read: _Read, moved: date) -> Iterator[tuple[int, int, str]]:
    """Yield the parts of a moved date in place of those of the date."""
    spans = read.spans
    texts = {part: value[start:end] for part, (start, end) in spans.items()}
    short = any(len(texts.get(part, "00")) == 1 for part in ("m", "d"))
    padded = not short and ("m" in texts or texts.get("d", "").startswith("0"))
    for part, text in texts.items():
        new = text
        if part == "y":
            new = f"{moved.year:04d}" if len(text) > 2 else f"{moved.year % _CENTURY:02d}"  # noqa: PLR2004
        elif part in {"m", "d"}:
            number = moved.month if part == "m" else moved.day
            new = f"{number:02d}" if padded else str(number)
        elif part == "name" and read.row is not None:
            new = _cased(read.row.months[moved.month - 1], text)
        elif part == "o":
            new = _ordinal(text, moved.day)
        yield *spans[part], new


def _ordinal(text: str, day: int) -> str:
    if text.lower() == "er":
        return text if day == 1 else ""
    if text.lower() in {"st", "nd", "rd", "th"}:
        return _suffix(day).upper() if text.isupper() else _suffix(day)
    return text


def _suffix(day: int) -> str:
    return "th" if 10 < day % _CENTURY < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")  # noqa: PLR2004


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.title() if like[0].isupper() else word
