"""Texts of pages that are handed over, in the reader's language: English is in the sources, the rest in catalogues.

Those are the one beside answers (``proxy/reports/locale``) and, for titles, the console's.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from proxy.runtime import resources

ENGLISH = "en"
_PROXY = Path(__file__).parents[2]
_CATALOGUES = ("reports/locale/{language}/reports.po", "console/locale/{language}/console.po")
#: The languages of pages.
LANGUAGES = (ENGLISH, "de")


class Speech(Protocol):
    """Says a text in a language, with its values."""

    def __call__(self, text: str, **values: Any) -> str: ...


def english(text: str, **values: Any) -> str:
    """Say a text as it is."""
    return text % values if values else text


@cache
def spoken(language: str) -> Speech:
    """Return what says texts in a language. Blocks: it reads files the first time.

    Raises:
        ConfigurationError: Babel is not installed.

    """
    if language == ENGLISH:
        return english
    support = resources.library("babel.support", "reports")
    translations = support.NullTranslations()
    for name in reversed(_CATALOGUES):
        compiled = io.BytesIO()
        with (_PROXY / name.format(language=language)).open("rb") as source:
            catalogue = resources.library("babel.messages.pofile", "reports").read_po(source, locale=language)
        resources.library("babel.messages.mofile", "reports").write_mo(compiled, catalogue)
        compiled.seek(0)
        former, translations = translations, support.Translations(compiled)
        translations.add_fallback(former)

    def say(text: str, **values: Any) -> str:
        return english(translations.gettext(text.strip()), **values) if text else ""

    return say
