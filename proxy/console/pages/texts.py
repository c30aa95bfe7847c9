"""Try a text: what is found in it, what policy says, what each target would receive; a finding can be corrected.

The text comes with the form and goes back with the page. It never stands in an address, and nothing here keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.console.visit import PageView, Shown, Visit
from proxy.errors import ProxyError
from proxy.runtime.integers import whole_number
from proxy.web.api.faults import InvalidRequestError


async def page(visit: Visit) -> Shown:
    """The form, and what became of the text that was sent with it; a refusal is told beside the text, which stays."""
    return await _tried(visit)


async def correct(visit: Visit) -> Shown:
    """Correct a finding by its number (``false``), or words that were missed with their type; then as ``page``."""
    fields = visit.fields
    text, number, words = _text(fields), fields.get("false", ""), _lines(fields.get("missed", ""))
    body = {"text": text, "tenant": fields.get("tenant", ""), "note": fields.get("note", ""), "false": bool(number)}
    if number:
        findings = (await visit.document("texts.try", "", _asked(fields)))["findings"]
        position = whole_number(number, len(findings))
        if not position:
            raise InvalidRequestError("there is no such finding")
        finding = findings[position - 1]
        body |= {"start": finding["start"], "end": finding["end"], "type": finding["type"]}
    else:
        start = text.find(words) if words else -1
        if start < 0:
            raise InvalidRequestError("the words that were missed must stand in the text as they are")
        body |= {"start": start, "end": start + len(words), "type": fields.get("type", "")}
    return await _tried(visit, await visit.document("texts.correct", "", body))


async def _tried(visit: Visit, corrected: Mapping[str, Any] | None = None) -> PageView:
    offered, fields = await visit.document("texts.offered"), visit.fields
    result, refused = None, None
    if _text(fields):
        try:
            result = await visit.document("texts.try", "", _asked(fields))
        except ProxyError as fault:
            refused = fault
    tenants = offered["tenants"]
    chosen = fields.get("tenant") or next(iter(tenants), "")
    regions = tenants.get(chosen, {}).get("regions", ())
    values = {
        "text": _text(fields),
        "asked": {"region": next(iter(regions), ""), "activity": "support-chat", **fields, "tenant": chosen},
        "tenants": list(tenants),
        "activities": offered["activities"],
        "models": sorted({name for tenant in tenants.values() for name in tenant["models"]}),
        "types": offered["types"],
        "result": result,
        "refused": refused,
        "corrected": corrected,
        "parts": [] if result is None else list(parts(_text(fields), result["findings"])),
    }
    return PageView("pages/try.html.j2", values)


def parts(text: str, findings: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    """Yield a text in pieces, each with the number of the finding that it is, 0 for none."""
    end = 0
    for number, finding in enumerate(findings, 1):
        if finding["start"] > end:
            yield text[end : finding["start"]], 0
        yield text[finding["start"] : finding["end"]], number
        end = finding["end"]
    if end < len(text):
        yield text[end:], 0


def _asked(fields: Mapping[str, str]) -> dict[str, Any]:
    regions = [code.strip().upper() for code in fields.get("regions", "").split(",") if code.strip()]
    return {
        "text": _text(fields),
        "tenant": fields.get("tenant", ""),
        "activity": fields.get("activity", ""),
        "model": fields.get("model", ""),
        "region": fields.get("region", "").strip().upper(),
        "subject_regions": regions,
    }


def _text(fields: Mapping[str, str]) -> str:
    return _lines(fields.get("text", ""))


def _lines(text: str) -> str:
    """Return a text with the line ends that were typed: forms send others."""
    return text.replace("\r\n", "\n")
