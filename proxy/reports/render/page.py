"""An answer as one page of HTML without script or anything from elsewhere; it prints with its statement. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from proxy.reports.answer import SignedAnswer
from proxy.reports.render.cells import cell

_STYLE = """
:root { color-scheme: light dark }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; max-width: 110rem }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; padding: .5rem 0 }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; border-bottom: 1px solid #8884 }
td { overflow-wrap: anywhere }
thead th { border-bottom: 2px solid #888 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem }
dt { font-weight: 600 } dd { margin: 0; overflow-wrap: anywhere }
@media print { thead { display: table-header-group } body { margin: 0 } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def rendered(answer: SignedAnswer) -> bytes:
    """Return the page."""
    return "".join(_page(answer)).encode()


def _page(answer: SignedAnswer) -> Iterator[str]:
    described = answer.question.description
    title = escape(f"{answer.question.id}: {described.title}")
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    yield f"<p>{escape('; '.join(described.basis))}</p>\n"
    yield from _table(answer)
    yield "<h2>Statement</h2>\n<dl>\n"
    yield from _terms(answer.statement)
    yield "</dl>\n"
    yield "<p>The companion file ending in <code>.sig.json</code> holds the signature over file and statement. "
    yield "<code>compliance-proxy audit check FILE --key KEY</code> verifies it.</p>\n</main>\n</body>\n</html>\n"


def _table(answer: SignedAnswer) -> Iterator[str]:
    columns = answer.question.description.columns
    count = len(answer.rows)
    more = "" if answer.statement["complete"] else "; there are more"
    yield f"<table>\n<caption>{count} rows{more}</caption>\n<thead><tr>"
    yield from (f'<th scope="col" title="{escape(meaning)}">{escape(name)}</th>' for name, meaning in columns.items())
    yield "</tr></thead>\n<tbody>\n"
    for row in answer.rows:
        yield f"<tr>{''.join(_cells(row[name] for name in columns))}</tr>\n"
    yield "</tbody>\n</table>\n"


def _cells(values: Iterable[Any]) -> Iterator[str]:
    return (f"<td>{escape(cell(value))}</td>" for value in values)


def _terms(statement: Mapping[str, Any]) -> Iterator[str]:
    log = statement["log"]
    shown = {**statement, "log": f"{log['size']} seals, root {log['root']}" if log else "no note yet"}
    for name, value in shown.items():
        yield f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(cell(value))}</dd>\n"
