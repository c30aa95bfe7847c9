"""All operations of the admin API: the one list for routing, roles, OpenAPI document and reference page."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

from proxy.reports import counting, parameters, render
from proxy.reports.listing import FILTERS
from proxy.reports.parameters import PARAMETERS
from proxy.web.api import (
    access,
    acts,
    evidence,
    exports,
    inbox,
    openapi,
    policy,
    proposals,
    registered,
    registry,
    registry_changes,
    requests,
    restrictions,
    routes,
    texts,
    upkeep,
)
from proxy.web.api.operations import ROOT, AdminOperation, AdminRequest, AdminResponse
from proxy.web.api.ports import AdminContext

_POLICY_READ = frozenset({access.POLICY_READER})
_POLICY_WRITE = frozenset({access.POLICY_ADMIN})
_REGISTRY_READ = frozenset({access.REGISTRY_READER})
_REGISTRY_WRITE = frozenset({access.REGISTRY_ADMIN})
_EVIDENCE_READ = frozenset({access.AUDIT_READER})
_PRIVACY = frozenset({access.PRIVACY_OFFICER})
_EVERY_TENANT = frozenset({access.PRIVACY_OFFICER, access.AUDITOR})
_REVISION = ("revision", "a stored revision instead of the one in force")
_PURPOSE = ("purpose", "why; kept in the log")
_TENANT = ("tenant", "only this tenant")
_FILTERS = (*((name, PARAMETERS[name].meaning) for name in parameters.offered(FILTERS)), _PURPOSE)
_PAGES = (("limit", "how many (50)"), ("after", "where the page begins: `after` of the page before"))
_SERIES = (("by", f"{', '.join(counting.SPLITS)} (action)"), ("bucket", f"{', '.join(counting.BUCKETS)} (day)"))
_CROSSED = (*counting.SPLITS, *counting.TRANSFERS)
_CHANGE = (
    ("activate", "false: store only"),
    ("comment", "why, stored with the revision"),
    ("wait", "how long to wait until every process runs it, seconds (15)"),
)


def _policy(name: str, body: type[requests.RequestModel]) -> AdminOperation:
    run, summary = policy.command(name), inspect.getdoc(body) or name
    return AdminOperation(f"policy.{name}", "POST", f"policy/{name}", _POLICY_READ, run, summary, body)


def _change(
    name: str,
    method: str,
    path: str,
    roles: frozenset[str],
    run: Callable[[AdminContext, AdminRequest], Awaitable[AdminResponse]],
    summary: str,
) -> AdminOperation:
    return AdminOperation(
        name, method, path, roles, run, summary,
        any_body=method != "DELETE", changes=True, parameters=_CHANGE, conditional=True,
    )  # fmt: skip


def _move(
    name: str,
    body: type[requests.RequestModel],
    run: Callable[[AdminContext, AdminRequest], Awaitable[AdminResponse]],
    summary: str,
) -> AdminOperation:
    return AdminOperation(
        f"routes.{name}", "POST", f"routes/{{name}}/{name}", _REGISTRY_WRITE, run, summary, body,
        changes=True, parameters=_CHANGE, conditional=True,
    )  # fmt: skip


async def _openapi(_api: AdminContext, _call: AdminRequest) -> AdminResponse:
    return AdminResponse(openapi.document(OPERATIONS))


OPERATIONS = (
    AdminOperation(
        "policy.show", "GET", "policy", _POLICY_READ, policy.show,
        "The policy in force, on every worker and replica, and whether a newer one is refused.",
    ),
    AdminOperation(
        "policy.revisions", "GET", "policy/revisions", _POLICY_READ, policy.revisions,
        "Policy revisions that were in force, newest first.", parameters=(("limit", "how many (50)"),),
    ),
    AdminOperation(
        "policy.sources", "GET", "policy/revisions/{revision}", _POLICY_READ, policy.sources,
        "The Rego of a revision that was in force, by path.",
    ),
    *(_policy(name, body) for name, body in requests.COMMANDS.items()),
    AdminOperation(
        "policy.propose", "POST", "policy/proposals", _REGISTRY_WRITE, proposals.propose,
        "Ask for rules to be put in force by another person, with what their tests and a replay say.",
        proposals.Propose, changes=True, conditional=True,
    ),
    AdminOperation(
        "policy.activate", "POST", "policy/activate", _POLICY_WRITE, policy.activate,
        "Prove the configured folders, or a signed bundle, and put it in force.", requests.Activate, changes=True,
    ),
    AdminOperation(
        "registry.revisions", "GET", "registry/revisions", _REGISTRY_READ, registry.revisions,
        "Revisions of the registry, those made or activated last first.", parameters=(("limit", "how many (50)"),),
    ),
    AdminOperation(
        "registry.changes", "GET", "registry/changes", _REGISTRY_READ, registry.changes,
        "The differences between two revisions.",
        parameters=(("from", "a revision; default: the one in force"), ("to", "a revision; default: the one in force")),
    ),
    AdminOperation(
        "registry.expiring", "GET", "registry/expiring", _REGISTRY_READ, registry.expiring,
        "Contracts, exceptions and reviews that have ended or will end soon.",
        parameters=(("days", "how far ahead (90)"),),
    ),
    AdminOperation(
        "registry.schema", "GET", "registry/schema", _REGISTRY_READ, registry.schema,
        "The JSON schemas of the registry's sections, for forms.",
    ),
    AdminOperation(
        "registry.dependents", "GET", "registry/dependents", _REGISTRY_READ, registry.depending,
        "The places of the registry that name an entry: what a change of it could stop.",
        parameters=(("path", "a place, such as targets.openai/us"),),
    ),
    AdminOperation(
        "registry.activate", "POST", "registry/activate", _REGISTRY_WRITE, registry_changes.activate,
        "Put a stored revision in force.", requests.ActivateRegistry, changes=True,
        parameters=(_CHANGE[2],), conditional=True,
    ),
    AdminOperation(
        "registry.read", "GET", "registry", _REGISTRY_READ, registry.read, "The registry.", parameters=(_REVISION,),
    ),
    _change(
        "registry.put", "PUT", "registry", _REGISTRY_WRITE, registry_changes.put, "Replace the registry.",
    ),
    _change(
        "registry.patch", "PATCH", "registry", _REGISTRY_WRITE, registry_changes.patch,
        "Merge into the registry (RFC 7396); null removes a key.",
    ),
    AdminOperation(
        "registry.read_place", "GET", "registry/{path}", _REGISTRY_READ, registry.read,
        "One place of the registry, such as targets.openai/us.dpa.", parameters=(_REVISION,),
    ),
    _change(
        "registry.put_place", "PUT", "registry/{path}", _REGISTRY_WRITE, registry_changes.put, "Replace one place.",
    ),
    _change(
        "registry.patch_place", "PATCH", "registry/{path}", _REGISTRY_WRITE, registry_changes.patch,
        "Merge into one place (RFC 7396); null removes a key.",
    ),
    _change(
        "registry.delete_place", "DELETE", "registry/{path}", _REGISTRY_WRITE, registry_changes.delete,
        "Remove one place.",
    ),
    AdminOperation(
        "routes.list", "GET", "routes", _REGISTRY_READ, routes.listed,
        "The routes in order, with their names and splits.",
    ),
    *(_move(*each) for each in (
        ("canary", requests.CanaryOfRoute, routes.canary, "Begin a route's canary, or change its share."),
        ("promote", requests.PromoteRoute, routes.promote,
         "Make a route's canary the first of its targets; refused while policy would keep activities at the old one."),
        ("return", requests.ReturnRoute, routes.take_back,
         "End a route's canary, or restore the split that the last promotion ended."),
    )),
    AdminOperation(
        "audit.questions", "GET", "audit/questions", _EVIDENCE_READ, evidence.questions,
        "Every question that can be asked of the evidence.",
    ),
    AdminOperation(
        "audit.ask", "POST", "audit/questions/{id}", _EVIDENCE_READ, evidence.ask,
        "The signed answer to a question, by its number or name.", requests.Ask, files=render.FORMATS,
    ),
    AdminOperation(
        "audit.reports", "GET", "audit/reports", _EVIDENCE_READ, evidence.reports,
        "Every report that can be composed from the evidence.",
    ),
    AdminOperation(
        "audit.report", "POST", "audit/reports/{name}", _EVIDENCE_READ, evidence.report,
        "A signed report, by its name.", requests.Ask, files=render.PRINTED,
    ),
    AdminOperation(
        "audit.export", "POST", "audit/exports", _EVIDENCE_READ, exports.create,
        "Have an export made; what names a data subject waits for a second person.", requests.Export,
    ),
    AdminOperation(
        "audit.exports", "GET", "audit/exports", _EVIDENCE_READ, exports.listed,
        "Exports of the tenants that the caller reads, newest first.", parameters=(("limit", "how many (50)"),),
    ),
    AdminOperation(
        "audit.approve_export", "POST", "audit/exports/{id}/approve", _PRIVACY, exports.approve,
        "Approve an export that names a data subject, as the second person: another service, whatever the key.",
    ),
    AdminOperation(
        "audit.cancel_export", "POST", "audit/exports/{id}/cancel", _EVIDENCE_READ, exports.cancel,
        "End an export that has not ended, as who asked for it or who reads all tenants.",
    ),
    AdminOperation(
        "audit.export_result", "GET", "audit/exports/{id}/result", _EVIDENCE_READ, exports.result,
        "The file of an export that is done, with its signed statement in `x-compliance-statement`.", stored=True,
    ),
    AdminOperation(
        "audit.export_state", "GET", "audit/exports/{id}", _EVIDENCE_READ, exports.state,
        "How far an export is.",
    ),
    AdminOperation(
        "audit.schedule", "POST", "audit/schedules", _EVIDENCE_READ, exports.schedule,
        "Have a question or a report exported again after each day, week or month, about that time.",
        requests.ScheduleExport,
    ),
    AdminOperation(
        "audit.schedules", "GET", "audit/schedules", _EVIDENCE_READ, exports.scheduled,
        "Schedules that run: the caller's own, and for who reads all tenants everybody's.",
        parameters=(("limit", "how many (50)"),),
    ),
    AdminOperation(
        "audit.stop_schedule", "POST", "audit/schedules/{id}/stop", _EVIDENCE_READ, exports.stop_schedule,
        "Stop a schedule, as who asked for it or who reads all tenants.",
    ),
    AdminOperation(
        "audit.exchanges", "GET", "audit/exchanges", _EVIDENCE_READ, evidence.exchanges,
        "Exchanges that match the filters, newest first, in pages.", parameters=(*_FILTERS, *_PAGES),
        files=("csv", "jsonl"),
    ),
    AdminOperation(
        "audit.series", "GET", "audit/series", _EVIDENCE_READ, evidence.series,
        "How many exchanges match the filters over time, by what they are split by; null: what is less frequent.",
        parameters=(*_FILTERS, *_SERIES),
    ),
    AdminOperation(
        "audit.counts", "GET", "audit/counts", _EVIDENCE_READ, evidence.counts,
        "How many exchanges match the filters, by two of what a series tells apart; or how many transfers they made.",
        parameters=(*_FILTERS, ("rows", f"{', '.join(_CROSSED)} (tenant)"), ("columns", "likewise (action)")),
    ),
    AdminOperation(
        "audit.facets", "GET", "audit/facets", _EVIDENCE_READ, evidence.facets,
        "By what the exchanges that match the filters could be narrowed, with counts; null: too many to count in time.",
        parameters=_FILTERS,
    ),
    AdminOperation(
        "audit.proof", "GET", "audit/exchanges/{id}/proof", _EVIDENCE_READ, evidence.proof_of,
        "The proof of one exchange, to be verified offline with the public key: `audit check`.",
        parameters=(_PURPOSE,),
    ),
    AdminOperation(
        "audit.checkpoint", "GET", "audit/checkpoint", _EVIDENCE_READ, evidence.checkpoint,
        "The newest signed note of the log, with what witnesses cosigned of it.",
    ),
    AdminOperation(
        "audit.exchange", "GET", "audit/exchanges/{id}", _EVIDENCE_READ, evidence.exchange,
        "The story of one exchange, and its records.", parameters=(_PURPOSE,),
    ),
    AdminOperation(
        "texts.offered", "GET", "texts", _POLICY_READ | _EVIDENCE_READ, texts.offered,
        "As whom a text can be tried: tenants with their models, activities, entity types.",
    ),
    AdminOperation(
        "texts.try", "POST", "texts/try", _POLICY_READ | _EVIDENCE_READ, texts.attempt,
        "What is found in a text and what each target would receive; nothing is sent, and the text is kept nowhere.",
        requests.TryText,
    ),
    AdminOperation(
        "texts.correct", "POST", "texts/corrections", _PRIVACY, texts.correct,
        "Put what was found, or missed, on the tenant's list; the entry holds a keyed digest.",
        requests.CorrectText, changes=True,
    ),
    AdminOperation(
        "subjects.restrictions", "GET", "subjects/restrictions", _PRIVACY, restrictions.entries,
        "For whom processing is restricted (GDPR Art. 18) or objected to (Art. 21), without saying who it is.",
        parameters=(_TENANT, ("lifted", "true: include lifted restrictions")),
    ),
    AdminOperation(
        "subjects.restrict", "POST", "subjects/restrictions", _PRIVACY, restrictions.add,
        "Restrict processing for a data subject, or note an objection; every process refuses at once.",
        requests.Restrict, changes=True,
    ),
    AdminOperation(
        "subjects.lift", "DELETE", "subjects/restrictions/{id}", _PRIVACY, restrictions.lift,
        "End a restriction or an objection.", changes=True,
    ),
    AdminOperation(
        "registered.lists", "GET", "registered", _EVERY_TENANT, registered.lists,
        "Lists of registered people: how many each has, and when it was loaded by whom.", parameters=(_TENANT,),
    ),
    AdminOperation(
        "registered.check", "POST", "registered/checks", _PRIVACY, registered.check,
        "Where a text names registered people: offsets, type and list, never who.", registered.CheckRegistered,
    ),
    AdminOperation(
        "registered.erase", "POST", "registered/erasures", _PRIVACY, registered.erase,
        "Remove one person from every list of a tenant.", registered.EraseRegistered, changes=True,
    ),
    AdminOperation(
        "registered.load", "PUT", "registered/{list}", _PRIVACY, registered.load,
        "Replace a list of registered people, all at once.", registered.LoadRegistered, changes=True,
    ),
    AdminOperation(
        "registered.remove", "DELETE", "registered/{list}", _PRIVACY, registered.remove,
        "Remove a list of registered people.", changes=True, parameters=(_TENANT,),
    ),
    AdminOperation(
        "holds.place", "POST", "holds", _PRIVACY, acts.place_hold,
        "Ask for a legal hold: it protects at once, and lapses after a day unless another person approves it.",
        requests.PlaceHold, changes=True,
    ),
    AdminOperation(
        "holds.release", "POST", "holds/releases", _PRIVACY, acts.release_hold,
        "Ask for the end of a hold, which another person approves.", requests.ReleaseHold, changes=True,
    ),
    AdminOperation(
        "subjects.erase", "POST", "subjects/erasures", _PRIVACY, acts.erase,
        "Ask for a data subject's erasure (GDPR Art. 17), or carry it out as the second person.",
        requests.Erase, changes=True,
    ),
    AdminOperation(
        "retention.purge", "POST", "purges", _PRIVACY, acts.purge,
        "Ask for a purge; once approved, `audit retention run --approved` carries it out.",
        requests.PurgeThrough, changes=True,
    ),
    AdminOperation(
        "requests.approve", "POST", "requests/{id}/approve", _PRIVACY, acts.approve,
        "Approve a hold, its end, or a purge that another person asked for within a day.", changes=True,
    ),
    AdminOperation(
        "inbox", "GET", "inbox", _EVERY_TENANT | access.OPERATORS, inbox.waiting,
        "What waits for a second person, as far as the caller's roles see it, and whether the caller may decide it.",
    ),
    AdminOperation(
        "inbox.item", "GET", "inbox/{id}", _EVERY_TENANT | access.OPERATORS, inbox.item,
        "What one decision is about: its terms with their digest, and every difference that it makes.",
    ),
    AdminOperation(
        "holds.list", "GET", "holds", _EVERY_TENANT, acts.holds, "Legal holds, oldest first, each with its state.",
        parameters=(_TENANT,),
    ),
    AdminOperation(
        "break_glass.list", "GET", "break-glass", _EVERY_TENANT, acts.grants,
        "Break-glass grants, oldest first, each with its state.", parameters=(_TENANT,),
    ),
    AdminOperation(
        "break_glass.review", "POST", "break-glass/{id}/review", _PRIVACY, acts.review_grant,
        "Close a break-glass grant that has ended, as somebody who had no part in it.", requests.ReviewGrant,
        changes=True,
    ),
    AdminOperation(
        "oversight.list", "GET", "oversight", _EVIDENCE_READ, upkeep.oversight,
        "Exchanges that a person must oversee (AI Act Art. 14) or review, oldest first.",
        parameters=(_TENANT, ("activity", "only this processing activity"), ("limit", "how many (50)"), _PURPOSE),
    ),
    AdminOperation(
        "oversight.close", "POST", "oversight/{id}/close", _PRIVACY, upkeep.close_oversight,
        "Say in your name what you decided about an output.", requests.CloseOversight, changes=True,
    ),
    AdminOperation(
        "audit.events", "GET", "audit/events", _EVERY_TENANT, upkeep.events,
        "Events of the log, newest first: who read it (`log_read`), purges, changes of keys.",
        parameters=(
            ("name", "only these events"), *((name, PARAMETERS[name].meaning) for name in ("since", "until")),
            ("limit", "how many (50)"), _PURPOSE,
        ),
    ),
    AdminOperation(
        "audit.anchors", "GET", "audit/anchors", _EVIDENCE_READ, upkeep.anchors,
        "Seconds since each anchor kept all that is sealed, as the process that answers sees it.",
    ),
    AdminOperation(
        "keys.list", "GET", "keys", _EVERY_TENANT | _REGISTRY_WRITE, upkeep.keys,
        "API keys, oldest first: what each is bound to and when it was last used.", parameters=(_TENANT,),
    ),
    AdminOperation(
        "keys.revoke", "DELETE", "keys/{id}", _REGISTRY_WRITE, upkeep.revoke_key, "Revoke an API key at once.",
        changes=True,
    ),
    AdminOperation(
        "break_glass.request", "POST", "break-glass", _PRIVACY, acts.request_grant,
        "Ask for a break-glass grant.", requests.RequestGrant, changes=True,
    ),
    AdminOperation(
        "break_glass.approve", "POST", "break-glass/{id}/approve", _PRIVACY, acts.approve_grant,
        "Open a break-glass grant that another person asked for.", requests.ApproveGrant, changes=True,
    ),
    AdminOperation(
        "break_glass.revoke", "POST", "break-glass/{id}/revoke", _PRIVACY, acts.revoke_grant,
        "End a break-glass grant at once.", changes=True,
    ),
    AdminOperation(
        "fleet", "GET", "fleet", access.OPERATORS, registry.fleet, "What every proxy process of the organisation runs.",
    ),
    AdminOperation(
        "usage", "GET", "usage", _REGISTRY_READ, registry.usage,
        "What is taken of limits and budgets in the windows that run now, and of how much; the fullest first.",
    ),
    AdminOperation("openapi", "GET", "openapi.json", access.ANYBODY, _openapi, "This API as an OpenAPI 3.1 document."),
)  # fmt: skip


def find(method: str, path: str) -> tuple[AdminOperation | None, str, frozenset[str]]:
    """Return the operation and its parameter for a decoded path, and the methods that the path supports."""
    below = path.removeprefix(ROOT)
    supported: set[str] = set()
    for operation in OPERATIONS:
        match = operation.pattern.fullmatch(below)
        if match is None:
            continue
        if operation.method == method:
            return operation, match.groupdict().get("parameter", ""), frozenset({method})
        supported.add(operation.method)
    return None, "", frozenset(supported)
