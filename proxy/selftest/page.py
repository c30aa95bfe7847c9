"""What a self-test saw, as a signed document and as one page for people. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from proxy import __version__
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.reports import statement
from proxy.selftest import spoken, trial
from proxy.selftest.sink import Received
from proxy.selftest.trial import Exchanged

_STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2em auto;max-width:75em}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top}.fault{color:#a00}"
    "td{overflow-wrap:anywhere}"
)
_COLUMNS = {
    "api": "API", "planted": "planted", "received_by": "received by", "returned": "came back", "on_record": "on record",
    "faults": "faults",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """A finished self-test. Everything in it is synthetic: nobody's, and made for this run."""

    url: str
    at: datetime
    rows: Sequence[Mapping[str, Any]]
    proven: bool  # the receipts were checked with the log's public key
    signing: AuditSigningKey | None = field(default=None, repr=False)

    @property
    def failed(self) -> Sequence[Mapping[str, Any]]:
        """The rows with a fault."""
        return [row for row in self.rows if row["faults"]]

    @property
    def verdict(self) -> str:
        """What came of it, in a sentence."""
        if self.failed or not self.rows:
            return f"FAILED: {len(self.failed)} of {len(self.rows)} exchanges are not as they must be"
        return f"passed: {len(self.rows)} exchanges in {len({row['api'] for row in self.rows})} ways of asking"

    def document(self) -> dict[str, Any]:
        """Return the document: a statement as of an answer, signed where there is a key, and its rows."""
        return {**statement.signed(self._statement(), self.signing), "rows": list(self.rows)}

    def companion(self, page: bytes) -> dict[str, Any]:
        """Return what lies beside the page so that it can be checked."""
        file = {"format": "html", "sha256": hashlib.sha256(page).hexdigest()}
        return statement.signed({**self._statement(), "file": file}, self.signing)

    def _statement(self) -> dict[str, Any]:
        return {
            "question": "selftest", "title": f"Self-test of {self.url}", "result": self.verdict, "rows": len(self.rows),
            "rows_sha256": statement.digest_of_rows(self.rows), "complete": True, "log": None, "asked_by": "selftest",
            "at": self.at.isoformat(timespec="seconds"), "receipts_checked": self.proven, "release": __version__,
            "not_tried": sorted(spoken.UNTRIED),
        }  # fmt: skip

    def page(self) -> bytes:
        """Return one page of HTML without script or anything from elsewhere."""
        facts = self._statement()
        checked = "checked with the log's public key" if self.proven else "taken at their word: no public key was named"
        signed = f"signed by {self.signing.verifier}" if self.signing else "not signed: there was no audit signing key"
        about = (
            f"{facts['at']}, release {__version__}. Every value below was made up for this run. Receipts: {checked}. "
            f"This page is {signed}. Rows: SHA-256 {facts['rows_sha256']}."
        )
        lines = [
            "<!doctype html><html lang=en><meta charset=utf-8>", f"<title>{escape(facts['title'])}</title>",
            f"<style>{_STYLE}</style><h1>{escape(facts['title'])}</h1>",
            f"<p><strong>{escape(self.verdict)}</strong></p>",
            f"<p>{escape(about)}</p>",
            f"<p>Not tried: {escape(', '.join(facts['not_tried']))}.</p>",
            *(_example(row) for row in _examples(self.rows)), "<h2>Every exchange</h2><table><tr>",
            *(f"<th>{title}" for title in _COLUMNS.values()), *map(_line, self.rows), "</table></html>",
        ]  # fmt: skip
        return "\n".join(lines).encode()


def rows(exchanged: Sequence[Exchanged], sink: Sequence[Received]) -> list[dict[str, Any]]:
    """Return what was seen of each exchange."""
    return [_row(item, leaks) for item, leaks in zip(exchanged, trial.leaked(exchanged, sink), strict=True)]


def _row(exchanged: Exchanged, leaks: Sequence[str]) -> dict[str, Any]:
    decided, ended = ((exchanged.record or {}).get(name, {}) for name in ("decision", "outcome"))
    same = (
        "as it was sent"
        if exchanged.returned == exchanged.plant.text
        else "otherwise"
        if exchanged.returned
        else "no text"
    )
    return {
        "api": exchanged.spoken.name, "planted": exchanged.plant.kind,
        "exchange": exchanged.id, "status": exchanged.status,
        "sent": exchanged.plant.text, "received_by": trial.where(exchanged),
        "received": [spoken.longest(received.body) for received in exchanged.received],
        "returned": same if exchanged.status == trial.OK else f"status {exchanged.status}",
        "leaked": len(leaks), "faults": exchanged.faults(leaks),
        "on_record": " ".join(filter(None, (decided.get("action"), ended.get("target") or decided.get("target"),
                                            *decided.get("codes", ())))) if exchanged.record else "",
    }  # fmt: skip


def _examples(table: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the first row of each kind."""
    return list({row["planted"]: row for row in reversed(table)}.values())[::-1]


def _example(row: Mapping[str, Any]) -> str:
    received = "<br>".join(map(escape, row["received"])) or "nothing was received"
    return (
        f"<h2>{escape(row['planted'])}</h2><table><tr><th>sent ({escape(row['api'])})<td>{escape(row['sent'])}"
        f"<tr><th>{escape(row['received_by'])} received<td>{received}<tr><th>came back<td>{escape(row['returned'])}"
        f"<tr><th>on record<td>{escape(row['on_record'])}, exchange {escape(row['exchange'])}</table>"
    )


def _line(row: Mapping[str, Any]) -> str:
    cells = ("; ".join(row[name]) if name == "faults" else str(row[name]) for name in _COLUMNS)
    return f"<tr{' class=fault' if row['faults'] else ''}>" + "".join(f"<td>{escape(cell)}" for cell in cells)
