"""Which texts of a request a refusal or a pin is about, by position and type, and what its caller can do. Pure.

Nothing here holds a word of the content: positions are the dialect's own members with indices, a tool is named only if
the request declares it, by a plain word in which nothing was found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from proxy.core.findings import PUBLIC, Cause, SegmentFindings, Status
from proxy.core.records import Decision, Denial, Exchange, Inspection, Payload, TextSpan
from proxy.core.targets.capabilities import Requirements, shown
from proxy.core.targets.registered import Catalog

#: Causes and rules that a message names; characters of a rule's own message.
_MOST, _MOST_RULES, _LONGEST = 5, 3, 300
_FORBIDDEN, _LATER = 403, 503
#: Seconds after which a request goes on being read.
_AGAIN_S = 2.0
_NO_TARGET, _LEFT, _ANY = "NO_COMPLIANT_TARGET", "RESIDUAL_PII", "*"
_ROLES = frozenset("user assistant system developer model tool".split())
_PROMPTS = frozenset("system instructions systemInstruction system_instruction".split())
_RESULTS = ("tool_call_id", "tool_use_id", "call_id")
_UNREAD = "unread"
#: Denials that no other purpose lifts: whoever names one to get around them breaks the law.
_FINAL = frozenset({"AI_ACT_PROHIBITED", "CONSENT_WITHDRAWN", "SUBJECT_RESTRICTED"})
_LEFT_OVER = "A value replaced in one text also stands where it cannot be: in a key, an identifier or a word of another"


def causes(inspection: Inspection, catalog: Catalog) -> tuple[Cause, ...]:
    """Return the texts for which third parties are denied: special categories, what was not read, else all findings."""
    special = frozenset(catalog.data_document.get("config", {}).get("special", ()))
    kinds = {kind for kind, categories in catalog.entity_categories.items() if special.intersection(categories)}
    payload, segments = inspection.payload, inspection.segments
    pairs = list(zip(payload.spans, segments, strict=True))
    named = [(span, types) for span, segment in pairs if (types := _types(segment) & kinds)]
    named += [(span, {_UNREAD}) for span, segment in pairs if segment.status is not Status.COMPLETE]
    opaque = [Cause(part.path, "", (part.media,)) for part in payload.opaque]
    if not (named or opaque):
        named = [(span, types) for span, segment in pairs if (types := _types(segment))]
    return (*_positions(payload, named, segments), *dict.fromkeys(opaque))


def explained(
    denial: Denial, inspection: Inspection, decision: Decision, requirements: Requirements, exchange: Exchange
) -> Denial:
    """Return a denial whose message says which rule, which content where, what targets lack, and what to do."""
    if inspection.payload.parts or denial.status != _FORBIDDEN:
        return denial  # the message names the line, or what else is the matter
    if inspection.status is Status.TIMEOUT and _NO_TARGET in denial.codes:
        message = f"{denial.message}. Not all of it was read in time; what was is remembered, so send it again."
        return replace(denial, message=message, status=_LATER, retry_after_s=_AGAIN_S)
    of_content = not {_NO_TARGET, _LEFT}.isdisjoint(denial.codes) and bool(denial.causes)
    sentences = [
        denial.message,
        *_rules(decision, denial.codes),
        f"It holds {_listed(denial.causes)}" if of_content else "",
        _LEFT_OVER if _LEFT in denial.codes else "",
        *(f"{target} lacks {', '.join(map(shown, names))}" for target, names in requirements.lacking),
        "" if _FINAL.intersection(denial.codes) else _remedy(exchange, of_content=of_content),
    ]
    return replace(denial, message=". ".join(filter(None, (text.rstrip(". ") for text in sentences))) + ".")


def _types(segment: SegmentFindings) -> set[str]:
    return {each.entity_type for each in (*segment.findings, *segment.inside) if each.subject_role != PUBLIC}


def _positions(
    payload: Payload, named: Iterable[tuple[TextSpan, set[str]]], segments: Sequence[SegmentFindings]
) -> Iterator[Cause]:
    """Yield one cause per position, in the order of the request."""
    positions: dict[tuple[str, str], set[str]] = {}
    tools: Mapping[str, str] | None = None
    for span, types in named:
        if tools is None:
            tools = _tools(payload, segments)
        positions.setdefault((_position(span), _source(payload.document, span.pointer, tools)), set()).update(types)
    yield from (Cause(position, source, tuple(sorted(types))) for (position, source), types in positions.items())


def _position(span: TextSpan) -> str:
    """Return the path of a span with the indices of its address, without the member at its end."""
    indices = iter([token for token in re.split(r"[/#]", span.pointer) if token.isdecimal()])
    path = re.sub(r"\[\*\]", lambda _: f"[{next(indices, '*')}]", span.path)
    return re.sub(r"\]\.(?:text|content|output)\Z", "]", path)


def _tools(payload: Payload, segments: Sequence[SegmentFindings]) -> Mapping[str, str]:
    """Return id of a call -> name of its tool, and each declared tool's name under itself."""
    sensitive = {span.text for span, each in zip(payload.spans, segments, strict=True) if each.findings}
    plain = {name for name in payload.tool_names if name not in sensitive and shown(name) == name and "." not in name}
    return {name: name for name in plain} | {ref: name for ref, name in _calls(payload.document) if name in plain}


def _calls(node: Any) -> Iterator[tuple[str, str]]:
    """Yield id and name of every call in a document."""
    if isinstance(node, list):
        for element in node:
            yield from _calls(element)
    elif isinstance(node, dict):
        function = node.get("function")
        name = function.get("name") if isinstance(function, dict) else node.get("name")
        if isinstance(name, str):
            yield from ((node[key], name) for key in ("call_id", "id") if isinstance(node.get(key), str))
        for value in node.values():
            if isinstance(value, dict | list):
                yield from _calls(value)


def _source(document: Any, address: str, tools: Mapping[str, str]) -> str:
    """Return what stands at an address: a role, a call or result of a tool, the system prompt; "" where unknown."""
    tokens = address.partition("#")[0].partition("~key")[0].split("/")[1:]
    if tokens[:1] and tokens[0] in {"tools", "functions"}:
        return "definition of a tool"
    source = "system prompt" if tokens[:1] and tokens[0] in _PROMPTS else ""
    node = document
    for token in tokens:
        if isinstance(node, list) and token.isdecimal() and int(token) < len(node):
            node = node[int(token)]
        elif isinstance(node, dict):
            node = node.get(token)
        if isinstance(node, dict):
            source = _described(node, tools) or source
    return source


def _described(node: Mapping[str, Any], tools: Mapping[str, str]) -> str:
    kind, role = str(node.get("type")), node.get("role")
    answer = node.get("functionResponse")
    if isinstance(answer, dict):
        return _of_tool("tool result", tools.get(str(answer.get("name"))))
    reference = next((str(node[key]) for key in _RESULTS if key in node), "")
    if kind == "tool_result" or kind.endswith("_output") or role == "tool":
        return _of_tool("tool result", tools.get(reference))
    call = node.get("functionCall") or node.get("function") or node
    if kind in {"tool_use", "function"} or kind.endswith("_call") or "functionCall" in node:
        return _of_tool("tool call", tools.get(str(call.get("name")))) if isinstance(call, dict) else "tool call"
    return role if isinstance(role, str) and role in _ROLES else ""


def _of_tool(what: str, name: str | None) -> str:
    return f"{what} of {name}" if name else what


def _listed(listed: Sequence[Cause]) -> str:
    rest = len(listed) - _MOST
    return "; ".join([*map(str, listed[:_MOST]), *([f"{rest} more"] if rest > 0 else ())])


def _rules(decision: Decision, codes: Collection[str]) -> Iterator[str]:
    """Yield the rules that denied, each with its citation, or the words of its author."""
    rules: dict[str, str] = {}
    for reason in decision.document.get("reasons", ()):
        if not isinstance(reason, Mapping) or reason.get("effect") != "deny" or reason.get("code") not in codes:
            continue
        cited = ", ".join(str(each) for each in reason.get("citation", ())[:2])
        rule = f"{reason.get('rule_id')}{f' ({cited})' if cited else ''}"
        message = " ".join(str(reason.get("message", "")).split())[:_LONGEST]
        rules[rule] = message or rules.get(rule, "")
    first = sorted(rules, key=lambda rule: not rules[rule])[:_MOST_RULES]
    if first:
        yield "Rules: " + "; ".join(f"{rule}: {rules[rule]}" if rules[rule] else rule for rule in first)


def _remedy(exchange: Exchange, *, of_content: bool) -> str:
    principal, activity = exchange.principal, exchange.declared.activity
    others = sorted({*principal.activities} - {activity, _ANY})
    steps = ["start a new chat without it"] if of_content else []
    if others:
        steps.append(f"name an activity that covers it in x-compliance-activity ({', '.join(others)})")
    granted = f"an activity beside {activity!r} or a break-glass grant, with the exchange {exchange.id}"
    return "To go on: " + "; or ".join([*steps, f"ask whoever runs this proxy for {granted}"])
