"""The message of a refusal: which rule, what of the request where, what a target lacks, and what would help. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from proxy.core.decision.enforce import refusal
from proxy.core.decision.matters import FINAL, SUMMARY, About, matter
from proxy.core.decision.ways import Way
from proxy.core.findings import Cause, Status
from proxy.core.records import Decision, Denial, Exchange, Inspection
from proxy.core.targets.capabilities import Requirements, shown

#: Causes and rules that a message names; characters of a rule's own message.
_MOST, _MOST_RULES, _LONGEST = 5, 3, 300
#: What is said last: it holds of most requests.
_COMMON = frozenset({About.PERSONAL, About.SETUP, About.CALLER})


def explained(
    denial: Denial, inspection: Inspection, decision: Decision, needs: Requirements, exchange: Exchange,
    permitted: Sequence[Way] = (),
) -> Denial:  # fmt: skip
    """Return a denial by policy with its message; ``permitted`` are the ways on that policy permits."""
    if inspection.payload.parts or denial.code.islower():
        return denial  # the message names the line, or what else is the matter
    if inspection.status is Status.TIMEOUT and denial.retry_after_s:
        message = f"{denial.message}. Not all of it was read in time; what was is remembered, so send it again."
        return replace(denial, message=message)
    if inspection.status is Status.FAILED and denial.retry_after_s:
        denial = replace(denial, final=True, retry_after_s=0.0)  # what ended its reader would do so again
    sentences = [
        *_rules(denial, decision),
        f"Cause: {_listed(denial.causes)}" if denial.causes else "",
        *(f"{target} lacks {', '.join(map(shown, names))}" for target, names in needs.lacking),
        _remedy(denial.codes, permitted, exchange.id),
    ]
    return _saying(denial, sentences)


def withheld(decision: Decision, target: str, exchange: str) -> Denial:
    """Return the denial of a target's reply with its message."""
    denial = refusal(decision)
    subject = f"This is about the reply of {target}, which had the request by then"
    return _saying(denial, [*_rules(denial, decision), subject, _remedy(denial.codes, (), exchange)])


def _saying(denial: Denial, sentences: Iterable[str]) -> Denial:
    return replace(denial, message=". ".join(filter(None, (text.rstrip(". ") for text in sentences))) + ".")


def _listed(listed: Sequence[Cause]) -> str:
    rest = len(listed) - _MOST
    return "; ".join([*map(str, listed[:_MOST]), *([f"{rest} more"] if rest > 0 else ())])


def _rules(denial: Denial, decision: Decision) -> Iterator[str]:
    """Yield the refusal and what its codes say, each with its rule's citation.

    Those of the organisation's own authors come first, and those about any personal data last.
    """
    reasons: dict[str, Mapping[str, object]] = {}
    for reason in decision.document.get("reasons", ()):
        if isinstance(reason, Mapping) and reason.get("effect") == "deny":
            reasons.setdefault(str(reason.get("code")), reason)
    named = [code for code in denial.codes if code != SUMMARY] or list(denial.codes)
    named.sort(key=lambda code: ("message" not in reasons.get(code, {}), matter(code).about in _COMMON))
    says = [f"{code}{_says(code, reasons.get(code, {}))}" for code in named[:_MOST_RULES]]
    alone = len(denial.codes) == 1 and denial.message.endswith(denial.code)
    yield denial.message.removesuffix(denial.code) + says[0] if alone else denial.message
    yield from () if alone else (each for each in says if ":" in each or "(" in each)


def _says(code: str, reason: Mapping[str, object]) -> str:
    """Return citation and sentence of a code; "" for one of which nothing is known."""
    citation = reason.get("citation")
    cited = ", ".join(map(str, citation[:2])) if isinstance(citation, list | tuple) else ""
    source = cited or str(reason.get("rule_id", ""))
    words = " ".join(str(reason.get("message", "")).split())[:_LONGEST] or matter(code).says
    return (f" ({source})" if source else "") + (f": {words}" if words else "")


def _remedy(codes: Collection[str], permitted: Sequence[Way], exchange: str) -> str:
    ask = f"ask whoever runs this proxy, with the exchange {exchange}"
    if FINAL.intersection(codes):
        return f"Nothing in the request can change that: {ask}"
    named: dict[str, list[str]] = {}
    for way in permitted:
        named.setdefault(way.words, []).append(way.name)
    steps = [f"{words} ({', '.join(names)})" if any(names) else words for words, names in named.items()]
    return "To go on: " + "; or ".join([*steps, ask])
