"""Pages from templates: HTML that is escaped by itself, and the files beside it by their digests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from proxy.console.entries import spelled
from proxy.console.words import Words, moment, spoken
from proxy.reports.render import languages
from proxy.reports.render.words import in_words
from proxy.runtime import resources

TEMPLATES, STATIC = Path(__file__).with_name("templates"), Path(__file__).with_name("static")
#: The media type of each kind of file.
MEDIA: Mapping[str, str] = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_DIGEST = 16
#: How a template names another one.
_NAMED = re.compile(r'\{%-? *(?:extends|import|include) "([^"]+)"')
#: The languages and templates that are compiled.
_READY: set[tuple[str, str]] = set()
_ONE_AT_A_TIME = Lock()


@cache
def files() -> Mapping[str, tuple[bytes, str]]:
    """Return the files that pages fetch, each with the first digits of its SHA-256. Blocks."""
    every = [path for path in STATIC.rglob("*") if path.suffix in MEDIA]
    contents = {path.relative_to(STATIC).as_posix(): path.read_bytes() for path in every}
    return {name: (content, hashlib.sha256(content).hexdigest()[:_DIGEST]) for name, content in contents.items()}


def media(name: str) -> str:
    """Return the media type of a file."""
    return f"{MEDIA[Path(name).suffix]}; charset=utf-8"


def asset(name: str) -> str:
    """Return the address of a file, which changes with its content."""
    return f"/console/static/{name}?v={files()[name][1]}"


@cache
def environment(language: str) -> Any:
    """Return the templates in a language. Blocks.

    Raises:
        ConfigurationError: Jinja2 or Babel is not installed.

    """
    jinja2 = resources.library("jinja2", "console")
    words: Words = spoken(language)
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    templates.install_gettext_translations(words.translations, newstyle=True)
    templates.globals.update(asset=asset, words=words, moment=moment)
    templates.filters.update(
        zipped=lambda names: [(name, name) for name in names],
        breaking=breaking,
        spelled=spelled,
        number=words.number,
        day=words.day,
        time=words.time,
        told=words.of,
        fault=words.fault,
        said=in_words,
        iso=lambda value: moment(value).isoformat(),
    )
    return templates


def breaking(name: str) -> Any:
    """Return a name that may break after its underscores and dots."""
    markup = resources.library("markupsafe", "console")
    return markup.Markup("<wbr>").join(re.split(r"(?<=[_./])", str(name)))


def rendered(language: str, template: str, values: Mapping[str, Any]) -> str:
    """Return a page."""
    page: str = environment(language).get_template(template).render(values)
    return page


def require() -> None:
    """Check that what pages need is installed, without importing it: that takes a third of a second.

    Raises:
        ConfigurationError: Jinja2 or Babel is not installed.

    """
    for name in ("jinja2", "babel"):
        resources.require(name, "console")


def is_ready(language: str, template: str) -> bool:
    """Whether a page can be rendered without compiling anything."""
    return (language, template) in _READY


def prepare(language: str, template: str) -> None:
    """Read the words of a language, and compile a template with all that it includes. Blocks.

    Raises:
        ConfigurationError: Jinja2 or Babel is not installed.

    """
    with _ONE_AT_A_TIME:
        files()
        languages.spoken(language)
        templates = environment(language)
        for name in _closure(template):
            templates.get_template(name)
        _READY.add((language, template))


@cache
def _closure(template: str) -> frozenset[str]:
    """Return a template and those that it extends, imports or includes, at any depth."""
    named = _NAMED.findall((TEMPLATES / template).read_text(encoding="utf-8"))
    return frozenset({template}).union(*map(_closure, named))
