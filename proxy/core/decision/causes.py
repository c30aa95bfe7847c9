"""For what of a request policy refuses or pins it: texts by position and type, members, headers. Pure.

Nothing here holds a word of the content: positions are the dialect's own members with indices, a tool is named only if
the request declares it, by a plain word in which nothing was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from proxy.core.decision.matters import SUMMARY, About, matter
from proxy.core.findings import PUBLIC, UNAVAILABLE, Cause, SegmentFindings, Status
from proxy.core.records import Decision, Inspection, OpaquePart, Payload
from proxy.core.targets.capabilities import NO_REQUIREMENTS, Requirements, shown
from proxy.core.targets.registered import Catalog

_ROLES = frozenset("user assistant system developer model tool".split())
_PROMPTS = frozenset("system instructions systemInstruction system_instruction".split())
_RESULTS = ("tool_call_id", "tool_use_id", "call_id")
_UNREAD, _MINOR = "unread", "minor"
_AGES = frozenset({"AGE", "DATE_OF_BIRTH"})
#: Digits of an index, for an order by number.
_DIGITS = 9
#: Categories of the types that a matter is about.
_CATEGORIES = {About.HEALTH: ("health",), About.CRIME: ("criminal",)}
#: What stands in a header, and says so for all of a request.
_HEADERS = {
    About.ACTIVITY: Cause("x-compliance-activity", "", ("activity",)),
    About.CONSENT: Cause("x-compliance-consent", "", ("withdrawn consent",)),
    About.RESTRICTION: Cause("x-compliance-subject", "", ("restriction",)),
    About.MINOR: Cause("x-compliance-minor", "", (_MINOR,)),
}
#: Matters that are named by what was not read, and then by all findings, where nothing else is found.
_CONTENT = frozenset({About.SPECIAL, About.HEALTH, About.CRIME, About.PERSONAL, About.UNREAD, About.ANYTHING})
_OPAQUE, _UNREADABLE = frozenset({About.OPAQUE, About.ANYTHING}), frozenset({About.UNREAD, About.ANYTHING})


class _Named(NamedTuple):
    """Something of the body for which it is refused."""

    path: str
    pointer: str
    types: set[str]


def causes(
    codes: Iterable[str], inspection: Inspection, catalog: Catalog, needs: Requirements = NO_REQUIREMENTS
) -> tuple[Cause, ...]:
    """Return for what of a request these codes refuse it; ordinary personal data only where nothing else is named."""
    abouts = frozenset(matter(code).about for code in codes if code != SUMMARY) or {About.ANYTHING}
    payload, segments = inspection.payload, inspection.segments
    headers = [_HEADERS[about] for about in _HEADERS if about in abouts]
    if About.MINOR in abouts and any(segment.minor for segment in segments):
        headers.remove(_HEADERS[About.MINOR])
    members, unread = _members(payload, abouts, needs), list(_opaque(payload.opaque))
    named = [*_texts(inspection, abouts, catalog), *members, *(unread if abouts & _OPAQUE else ())]
    if not (named or headers) and abouts & _CONTENT:
        named = [*_texts(inspection, {About.UNREAD}, catalog), *unread] or list(_all(inspection))
    return (*_positions(payload, named, segments), *headers)


def of_pin(
    decision: Decision, inspection: Inspection, catalog: Catalog, needs: Requirements = NO_REQUIREMENTS
) -> tuple[Cause, ...]:
    """Return why a request goes to a target of one's own: the third parties before it are down, or all are denied."""
    outside = [verdict for verdict in decision.targets if _is_outside(verdict.target, catalog)]
    names = [verdict.target for verdict in decision.permitted()]
    before = names[: names.index(decision.selected)] if decision.selected in names else ()
    down = [verdict.target for verdict in outside if verdict.target in before]
    if down:
        return tuple(Cause(name, "", (UNAVAILABLE,)) for name in down)
    denied = {verdict.target: verdict.denials for verdict in outside if not verdict.permit}
    lacking = tuple((name, names) for name, names in needs.lacking if name in denied)
    codes = [code for names in denied.values() for code in names]
    return causes(codes, inspection, catalog, Requirements(lacking=lacking)) if denied else ()


def _is_outside(target: str, catalog: Catalog) -> bool:
    """Whether a third party runs the target; one without an address is never called, and explains nothing."""
    registered = catalog.targets.get(target)
    return registered is not None and bool(registered.base_url) and not registered.self_hosted


def _texts(inspection: Inspection, abouts: AbstractSet[About], catalog: Catalog) -> Iterator[_Named]:
    """Yield the texts that a refusal is about: by entity types, "minor", "unread"."""
    wanted = {category for about in abouts for category in _CATEGORIES.get(about, ())}
    if abouts & {About.SPECIAL, About.ANYTHING}:
        wanted.update(catalog.data_document.get("config", {}).get("special", ()))
    kinds = {name for name, categories in catalog.entity_categories.items() if wanted.intersection(categories)}
    for span, segment in zip(inspection.payload.spans, inspection.segments, strict=True):
        present = _types(segment)
        types = present & kinds
        if About.MINOR in abouts and segment.minor:
            types |= {_MINOR} | (present & _AGES)
        if segment.status is not Status.COMPLETE and abouts & _UNREADABLE:
            types.add(_UNREAD)
        if types:
            yield _Named(span.path, span.pointer, types)


def _all(inspection: Inspection) -> Iterator[_Named]:
    """Yield every text with a finding."""
    for span, segment in zip(inspection.payload.spans, inspection.segments, strict=True):
        if types := _types(segment):
            yield _Named(span.path, span.pointer, types)


def _opaque(parts: Sequence[OpaquePart]) -> Iterator[_Named]:
    """Yield every part that is not read, once: what holds another one is named by that one's media type."""
    outer, types = "", set[str]()
    for part in sorted(parts, key=lambda part: [token.zfill(_DIGITS) for token in part.pointer.split("/")]):
        if outer and f"{part.pointer}/".startswith(f"{outer}/"):
            types.clear()
            types.add(part.media)
            continue
        outer, types = part.pointer, {part.media}
        yield _Named(part.path, part.pointer, types)


def _members(payload: Payload, abouts: AbstractSet[About], needs: Requirements) -> Iterator[_Named]:
    """Yield the members of a request that are stored, and what of it a target lacks."""
    if About.STORAGE in abouts:
        kept = payload.storage_keys or (payload.features if payload.keeps_state else ()) or ("request",)
        yield from (_Named(shown(name), "", {"stored"}) for name in kept)
    if About.OFFER in abouts:
        for name in dict.fromkeys(name for _, names in needs.lacking for name in names):
            taken = {part.pointer for part in payload.opaque if part.input == name}
            parts = [part for part in _opaque(payload.opaque) if part.pointer in taken] if taken else ()
            yield from parts or (_Named(shown(name), "", {"unsupported"}),)


def _types(segment: SegmentFindings) -> set[str]:
    return {each.entity_type for each in (*segment.findings, *segment.inside) if each.subject_role != PUBLIC}


def _positions(payload: Payload, named: Iterable[_Named], segments: Sequence[SegmentFindings]) -> Iterator[Cause]:
    """Yield one cause per position."""
    positions: dict[tuple[str, str], set[str]] = {}
    tools: Mapping[str, str] | None = None
    for path, pointer, types in named:
        if tools is None:
            tools = _tools(payload, segments)
        source = _source(payload.document, pointer, tools) if pointer else ""
        positions.setdefault((_indexed(path, pointer), source), set()).update(types)
    yield from (Cause(position, source, tuple(sorted(types))) for (position, source), types in positions.items())


def _indexed(path: str, address: str) -> str:
    """Return a path with the indices of an address, without the member at its end."""
    indices = iter([token for token in re.split(r"[/#]", address) if token.isdecimal()])
    path = re.sub(r"\[\*\]", lambda _: f"[{next(indices, '*')}]", path)
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
