"""A document as one page of HTML without script or anything from elsewhere; it prints with its statement. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from proxy.reports.render.printed import PrintedDocument
from proxy.runtime import extras

_TEMPLATE = Path(__file__).with_name("page.html")


def rendered(document: PrintedDocument) -> bytes:
    """Return the page.

    Raises:
        ConfigurationError: Jinja2 is not installed.

    """
    page: str = _template().render(document=document)
    return page.encode()


@cache
def _template() -> Any:
    jinja2 = extras.library("jinja2", "reports")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
