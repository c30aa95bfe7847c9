"""Playground: a rule with its twin test, tried on a recorded exchange or facts, on the tests, on seven days.

Nothing is kept here but what is asked for: a draft lives in the form. To ask for activation stores a revision of the
registry with the rule, which a second person puts in force.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import orjson

from proxy.console.pages import exchange
from proxy.console.visit import GoTo, PageView, RefusedCallError, Shown, Visit
from proxy.errors import ProxyError
from proxy.policy.authoring import scaffold
from proxy.policy.authoring.scaffold import ScaffoldError
from proxy.web.api.faults import InvalidRequestError

_NAME = "my_rule"
#: By these an operation says that the draft itself is not as it should be.
_OF_THE_DRAFT = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_YAML = """title: House rules
rules:
  - id: {name}
    title: Says in a few words what is refused
    description: Says in one or two sentences why.
    source: {{title: House policy 1, url: "https://intranet.example/policies/1"}}
    when: {{categories: [health], third_party: true}}
    deny: {{message: Use a model in the house for this.}}
"""


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """What stands in the form. ``form``: rego, or yaml, of which the twin test is written by itself."""

    name: str
    form: str
    rule: str
    twin: str
    yaml: str
    facts: str

    @property
    def overlay(self) -> dict[str, Any]:
        """The draft as operations take it."""
        if self.form == "yaml":
            return {"files": {f"{self.name}/{self.name}.yaml": self.yaml}}
        return {"files": {f"{self.name}/{self.name}.rego": self.rule, f"{self.name}/{self.name}_test.rego": self.twin}}


async def page(visit: Visit) -> Shown:
    """The draft, and what was tried with it; a refusal is told beside the draft, which stays."""
    draft, result, refused = _draft(visit), None, None
    visit.console.api.warm.prepare(visit.console.api.children)
    act = visit.fields.get("do", "")
    try:
        _check_name(draft.name)
        draft = await _with_facts(visit, draft)
        if act in _ACTS:
            result = await _ACTS[act](visit, draft)
    except ProxyError as fault:
        refused = fault
    return _shown(visit, draft, act, result, refused)


async def problems(visit: Visit) -> Shown:
    """What the draft shows while somebody types: a part of the page that the draft sends itself to."""
    draft = _draft(visit)
    try:
        _check_name(draft.name)
        answer = await visit.document("policy.check", "", {"overlay": draft.overlay, "quick": True})
    except (InvalidRequestError, RefusedCallError) as fault:
        if fault.status not in _OF_THE_DRAFT:
            raise
        return PageView("pages/problems.html.j2", {"problems": (), "refused": fault})
    return PageView("pages/problems.html.j2", {"problems": answer["result"].get("problems", ()), "refused": None})


async def ask(visit: Visit) -> Shown:
    """Ask for the draft to be put in force: tested and replayed first, in shadow from then on; another person decides.

    A refusal stands beside the draft, which stays.
    """
    draft, why = _draft(visit), " ".join(visit.fields.get("why", "").split())
    try:
        _check_name(draft.name)
        if not why:
            raise InvalidRequestError("say why, for the record: it is stored with the request")
        base = str((await visit.document("registry.read"))["revision"])
        body = {"overlay": draft.overlay, "comment": why}
        answer = await visit.call("policy.propose", "", body, headers={"If-Match": f'"{base}"'})
    except ProxyError as fault:
        return _shown(visit, draft, "ask", None, fault, fault.status)
    return GoTo(f"/console/approvals/{answer.document['revision']}")


def _shown(
    visit: Visit, draft: PolicyDraft, act: str, result: Any, refused: ProxyError | None, status: int = HTTPStatus.OK
) -> PageView:
    values = {
        "draft": draft,
        "act": act,
        "result": result,
        "refused": refused,
        "exchange": visit.fields.get("exchange", visit.query.get("exchange", "")),
        "why": visit.fields.get("why", ""),
    }
    return PageView("pages/playground.html.j2", values, status)


def _draft(visit: Visit) -> PolicyDraft:
    """Return what stands in the form, as it stands there: nothing of it is refused."""
    fields = visit.fields
    name = fields.get("name", visit.query.get("name", "")).strip() or _NAME
    try:
        rule, twin = scaffold.texts(name)
    except ScaffoldError:
        rule, twin = scaffold.texts(_NAME)
    return PolicyDraft(
        name,
        "yaml" if fields.get("kind") == "yaml" else "rego",
        _lines(fields.get("rule", "")) or rule,
        _lines(fields.get("twin", "")) or twin,
        _lines(fields.get("yaml", "")) or _YAML.format(name=name),
        _lines(fields.get("facts", "")),
    )


def _check_name(name: str) -> None:
    try:
        scaffold.texts(name)
    except ScaffoldError as error:
        raise InvalidRequestError(f"'{name}' is not a rule name: use lower case, digits and underscores") from error


async def _with_facts(visit: Visit, draft: PolicyDraft) -> PolicyDraft:
    """Return a draft with the facts of the exchange that the form names, where it has none or they are to be loaded."""
    exchange_id = visit.fields.get("exchange", visit.query.get("exchange", "")).strip()
    if not exchange_id or (draft.facts and visit.fields.get("do") != "load"):
        return draft
    return replace(draft, facts=await _recorded(visit, exchange_id))


def _lines(text: str) -> str:
    """Return a text with the line ends that files have: forms send others."""
    return text.replace("\r\n", "\n")


async def _recorded(visit: Visit, wanted: str) -> str:
    """Return what was asked about an exchange, as the log has it: facts, no text."""
    records = (await visit.document("audit.exchange", wanted))["records"]
    asked = exchange.story(records)["asked"]
    return orjson.dumps(asked, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() if asked else ""


def _facts(draft: PolicyDraft) -> Mapping[str, Any]:
    try:
        facts = orjson.loads(draft.facts)
    except ValueError as error:
        raise InvalidRequestError("the input is not JSON: load a recorded exchange, or mend it") from error
    if not isinstance(facts, Mapping):
        raise InvalidRequestError("the input must be a JSON object")
    return facts


async def _check(visit: Visit, draft: PolicyDraft) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = await visit.document("policy.check", "", {"overlay": draft.overlay})
    return answer


async def _test(visit: Visit, draft: PolicyDraft) -> Mapping[str, Any]:
    body = {"overlay": draft.overlay, "match": f"org.{draft.name}", "coverage": True, "floor": 0}
    answer: Mapping[str, Any] = await visit.document("policy.test", "", body)
    return answer


async def _decide(visit: Visit, draft: PolicyDraft) -> Mapping[str, Any]:
    """The decision per target: in force, and with the draft; and the facts that would change it."""
    facts = _facts(draft)
    before = await visit.document("policy.explain", "", {"input": facts})
    after = await visit.document("policy.explain", "", {"input": facts, "overlay": draft.overlay})
    return {
        "before": before["result"].get("decision", {}),
        "after": after["result"].get("decision", {}),
        "remedies": list(exchange.remedy(after["result"].get("remedies", {})))[:5],
    }


async def _replay(visit: Visit, draft: PolicyDraft) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = await visit.document("policy.replay", "", {"since": "7d", "overlay": draft.overlay})
    return answer


_ACTS: Mapping[str, Callable[[Visit, PolicyDraft], Awaitable[Mapping[str, Any]]]] = {
    "check": _check, "test": _test, "decide": _decide, "replay": _replay,
}  # fmt: skip
