"""Texts, numbers and dates in the reader's language. English is in the sources, the rest in ``locale``."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from proxy.console import faults
from proxy.runtime import resources

LOCALES = Path(__file__).with_name("locale")
ENGLISH = "en"
#: The context of the names of columns in a catalogue of translations.
COLUMN = "column"
#: The languages, each by its own name.
LANGUAGES: Mapping[str, str] = {ENGLISH: "English", "de": "Deutsch"}


def mark(text: str) -> str:
    """Return a text that is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Words:
    """One language: what a text is in it, and how it writes numbers and dates. Moments are in UTC."""

    language: str
    translations: Any
    phrases: tuple[faults.FaultPhrase, ...] = ()

    def of(self, text: str, **values: Any) -> str:
        """Return a text in this language with its values."""
        translated: str = self.translations.gettext(text) if text else ""
        return translated % values if values else translated

    def column(self, name: str) -> str:
        """Return what a column of answers is called: the same word may say something else on a button."""
        return str(self.translations.pgettext(COLUMN, name.replace("_", " ")))

    def fault(self, message: str) -> str:
        """Return what a fault says; one that no catalogue knows quotes somebody, and stays as it is.

        Before the first colon may stand which field it is about, which stays as well.
        """
        if (whole := self._phrase(message)) != message:
            return whole
        field, colon, rest = message.partition(": ")
        return f"{self.of(field)}{colon}{self._phrase(rest)}" if rest else message

    def _phrase(self, message: str) -> str:
        whole = str(self.translations.pgettext(faults.CONTEXT, message)) if message else ""
        if whole != message:
            return whole
        return faults.translated(message, self.phrases, self.of) or self.of(message)

    def number(self, value: Any) -> str:
        """Return a number as it is written here."""
        return str(_numbers().format_decimal(value, locale=self._locale))

    def percent(self, part: float, whole: float) -> str:
        """Return a share to two places."""
        share = part / whole if whole else 0.0
        return str(_numbers().format_percent(share, "#,##0.##\u202f%", locale=self._locale))

    def day(self, value: Any) -> str:
        """Return a day."""
        return str(_dates().format_date(moment(value), "d MMM y", locale=self._locale))

    def time(self, value: Any) -> str:
        """Return a day and time to the minute."""
        when = moment(value)
        return f"{self.day(when)} {when:%H:%M}"

    def age(self, seconds: float) -> str:
        """Return how long ago, in the largest unit that fits."""
        return str(_dates().format_timedelta(seconds, locale=self._locale, format="short", threshold=1.5))

    def country(self, code: str) -> str:
        """Return a country's name, for anything else what was given."""
        locale = resources.library("babel", "console").Locale.parse(self._locale)
        return str(locale.territories.get(code, code))

    def listed(self, names: Iterable[str]) -> str:
        """Return names one after the other."""
        return ", ".join(names)

    @property
    def _locale(self) -> str:
        return "en_GB" if self.language == ENGLISH else self.language


def moment(value: Any) -> datetime:
    """Return a moment in UTC of one, of a day, or of ISO text."""
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(when, date) and not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=UTC)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


@cache
def spoken(language: str) -> Words:
    """Return a language. Blocks: it reads a file the first time.

    Raises:
        ConfigurationError: Babel is not installed.

    """
    support = resources.library("babel.support", "console")
    if language == ENGLISH:
        return Words(language, support.NullTranslations())
    compiled = io.BytesIO()
    with (LOCALES / language / "console.po").open("rb") as source:
        catalog = resources.library("babel.messages.pofile", "console").read_po(source, locale=language)
    resources.library("babel.messages.mofile", "console").write_mo(compiled, catalog)
    compiled.seek(0)
    messages = [(str(entry.id), str(entry.string)) for entry in catalog if entry.context == faults.CONTEXT]
    return Words(language, support.Translations(compiled), faults.phrases(messages))


def chosen(wanted: str, accepted: str) -> str:
    """Return the language of a reader: the one that was picked, else the browser's first that there is."""
    if wanted in LANGUAGES:
        return wanted
    ranked = sorted(accepted.split(","), key=lambda wish: -_quality(wish))
    names = (wish.partition(";")[0].strip().lower().partition("-")[0] for wish in ranked)
    return next((name for name in names if name in LANGUAGES), ENGLISH)


def _quality(accepted: str) -> float:
    try:
        return float(accepted.partition("q=")[2] or 1)
    except ValueError:
        return 0.0


def _numbers() -> Any:
    return resources.library("babel.numbers", "console")


def _dates() -> Any:
    return resources.library("babel.dates", "console")
