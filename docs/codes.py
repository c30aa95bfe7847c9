"""The page of reason codes: whose each is, what it means, what to do and what the rules that give it cite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from proxy.core.decision.reasons import REASONS, Responsibility
from proxy.web import compliance

_RULES = Path(__file__).parents[1] / "policies" / "rules"
_HEAD = re.compile(r"# METADATA\n(?:#.*\n)+")
_CODES, _CITED = re.compile(r"#   codes: \[(.*)\]"), re.compile(r"#     description: (.*)")
#: Of codes that no rule's head cites: the law is data, or the code is the contract's own.
_LAW = "[the law that applies](regimes.md)"
_BEGINNING = """# Reason codes

Whatever is not answered with a reply has one code, and each code is the responsibility of exactly one of four
([why](../adr/0061-a-code-has-one-responsibility.md)):

| responsibility | who has to act | status | retry |
|---|---|---|---|
| `policy` | whoever owns the rules | 403, 451 or 400 by dialect | never: `x-should-retry: false` |
| `caller` | the caller | 4xx | only 408, 409, 429 |
| `target` | whoever runs the target | 502, 503, 504, 429, or the target's own | after `Retry-After`, if any |
| `proxy` | whoever runs this proxy | 500, 503, and 429 where it is overloaded | after `Retry-After` |

The header `x-compliance-responsibility` of a refusal says whose it is, and `link` (`rel="help"`) leads to the code's
entry here as the proxy itself serves it: `GET /v1/compliance/codes/CODE`, without a key. [Records](evidence.md) have
the same word in `responsibility`, and metrics in a label of this name. A code of the organisation's own rules is
policy's.

Faults come in the caller's own dialect with a stable `code` and the exchange's id. Where a part of the proxy failed,
the message says whether anything was sent ("so nothing was sent") or which target had the request by then. A fault
behind the head of a stream comes as the stream's last event, and the connection breaks. A refusal by policy names the
codes, the law behind each, what of the request is the cause (`HEALTH_CONDITION in messages[3] (tool result of read)`,
never a text), what a target lacks, and what to do. A way on is advised only where policy was asked and permits it,
and a reply to it. Where no rule but a part that failed keeps a request from its targets, that part's code stands
first.
"""
_TITLES = {
    Responsibility.POLICY: "Refusals by policy",
    Responsibility.CALLER: "The caller's",
    Responsibility.TARGET: "The target's",
    Responsibility.PROXY: "This proxy's",
}


def _cited() -> Mapping[str, list[str]]:
    """Return what the rules that give each code cite."""
    cited: dict[str, list[str]] = {}
    for path in sorted(_RULES.rglob("*.rego")):
        for head in _HEAD.findall(path.read_text(encoding="utf-8")):
            for code in ", ".join(_CODES.findall(head)).split(", "):
                cited.setdefault(code, []).extend(_CITED.findall(head))
    return cited


def page() -> str:
    """Return the page."""
    return "\n".join((_BEGINNING, *_sections())) + "\n"


def _sections() -> Iterator[str]:
    statuses = {kind.code: str(kind.status) for kind in compliance.fault_classes()}
    cited = _cited()
    for whose, title in _TITLES.items():
        law = whose is Responsibility.POLICY
        yield f"## {title}\n"
        yield f"| code | {'cited' if law else 'status'} | meaning | what to do |\n|---|---|---|---|"
        for code, row in REASONS.items():
            if row.responsibility is whose:
                more = "; ".join(dict.fromkeys(cited.get(code, ()))) or _LAW if law else statuses.get(code, "")
                yield f'| <a id="{code.lower()}"></a>`{code}` | {more} | {compliance.meanings()[code]} | {row.advice} |'
        yield ""
