"""State that a target keeps for a caller: our handle names it and records the target and the contents.

A target's own identifiers never reach a caller, and a caller reaches the state only by handle. The vault holds the
handle in the pseudonym domain of the request that created the state: it expires and is erased with the pseudonyms, and
is unknown elsewhere. A request that uses a handle gets the state's contents added to its facts, so that policy decides
on both. What a turn adds to a conversation is written under its handle before the turn leaves; a turn decided on less
than the handle then records does not leave.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeGuard

import orjson

from proxy.core.kept_state import ADD, CHANGES, NO_ASSIGNMENTS, Assignments, Batched, Kept
from proxy.core.records import DONE, KEPT, EntitySummary, Inspection, Payload
from proxy.core.wire import Wire
from proxy.errors import KeptChangedError

#: The APIs that a target must speak for its responses and for its conversations to get handles.
OFFERED, CONVERSATIONS = "openai_responses_kept", "openai_conversations"
#: The APIs of files and batches, and of Anthropic's batches; everything they create is kept.
FILES, BATCHES, MESSAGE_BATCHES = "openai_files", "openai_batches", "anthropic_batches"
#: The API whose responses get handles and that refers to conversations.
_RESPONSES = "openai_responses"
#: The path of kept contents in the facts, which are not in the body.
PATH = "kept"
#: Prefixes of handles: of responses, conversations, files, batches, and Anthropic's batches.
RESPONSE, CONVERSATION, FILE, BATCH, MESSAGE_BATCH = "resp_cp_", "conv_cp_", "file-cp-", "batch_cp_", "msgbatch_cp_"
_PREFIXES = {CONVERSATIONS: CONVERSATION, FILES: FILE, BATCHES: BATCH, MESSAGE_BATCHES: MESSAGE_BATCH}
#: Members of a reply with identifiers of results -> prefix of their handles; and with addresses of results -> ours.
RESULTS: Mapping[str, Mapping[str, str]] = {BATCHES: {"output_file_id": FILE, "error_file_id": FILE}}
LINKS: Mapping[str, Mapping[str, str]] = {MESSAGE_BATCHES: {"results_url": "/v1/messages/batches/{}/results"}}
#: Features by which a target calls tools of others in the course of its answer.
_ACTING = frozenset({"mcp", "mcp_servers", "mcp_toolset"})
_LETTERS = "bcdfghjklmnpqrstvwxz"  # neither digits nor words, so never mistaken for a value
_LENGTH = 32
_HANDLE = re.compile(rf"({RESPONSE}|{CONVERSATION}|{FILE}|{BATCH}|{MESSAGE_BATCH})[{_LETTERS}]{{{_LENGTH}}}")
_MARK = "\x1f"  # between a stand-in that looks like a value and the digest of the value, in the vault's name for both
_ID = re.compile(r"[A-Za-z0-9][\w.:-]{0,255}", re.ASCII)


def effect(payload: Payload, *, unstored: bool = False) -> str:
    """Return what of a request stays at its target, KEPT or DONE, "" for nothing; ``unstored``: storage is declined."""
    if payload.must_store or payload.keeps_state or (payload.storage_keys and not unstored):
        return KEPT
    changes = payload.kept is not None and payload.kept.use in CHANGES
    acts = changes or any(name.rpartition(".")[2] in _ACTING for name in payload.features)
    return DONE if acts else payload.operation.effect


def is_handle(value: object, prefix: str) -> TypeGuard[str]:
    """Whether this has the form of a handle with this prefix; only the vault knows whether it exists."""
    return isinstance(value, str) and value.startswith(prefix) and _HANDLE.fullmatch(value) is not None


def may_hold_one(body: bytes) -> bool:
    """Whether a body may contain a handle."""
    return RESPONSE.encode() in body or CONVERSATION.encode() in body


def fresh(prefix: str) -> str:
    """Return a new handle: 138 random bits."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def derived(key: bytes, prefix: str, target: str, identity: str) -> str:
    """Return the handle of an identifier that a target repeats: deterministic, and derivable only with the key."""
    digest = hmac.digest(key, f"{prefix}\x1f{target}\x1f{identity}".encode(), hashlib.sha256)
    number, letters = int.from_bytes(digest), ""
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters += _LETTERS[letter]
    return prefix + letters


def is_id(value: object) -> TypeGuard[str]:
    """Whether this can be a target's own identifier of kept state."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def may_name(api: str, spoken: Collection[str]) -> bool:
    """Whether replies of an API may name kept state, for a target that speaks these APIs."""
    return (api == _RESPONSES and not {OFFERED, CONVERSATIONS}.isdisjoint(spoken)) or (
        api in {OFFERED, *_PREFIXES} and api in spoken
    )


def names_model(payload: Payload) -> bool:
    """Whether the reply to a request names the model; a reply about kept state does not."""
    return bool(payload.spans) and payload.batched is None


def says_deleted(document: Mapping[str, Any]) -> bool:
    """Whether a reply confirms a deletion, in OpenAI's or Anthropic's form."""
    if str(document.get("type", "")).endswith("_deleted"):
        return True
    return document.get("deleted") is True and "output" not in document


def handle_prefix(api: str, spoken: Collection[str], payload: Payload, wire: Wire) -> str:
    """Return the prefix of the handle for the state that an outgoing request creates, "" for none.

    ``spoken`` are the APIs that the target speaks.
    """
    if api in _PREFIXES:
        creates = payload.kept is None or (payload.must_store and payload.kept.use != ADD)
        return _PREFIXES[api] if creates else ""
    stores = api == _RESPONSES and OFFERED in spoken and orjson.loads(wire.body).get("store") is True
    return RESPONSE if stores else ""


def packed(kept: Kept) -> str:
    """Return the vault's entry for kept state."""
    entry: dict[str, Any] = {
        "target": kept.target,
        "id": kept.id,
        "model": kept.model,
        "categories": kept.categories,
        "entities": kept.entities,
        "names": kept.names,
        "tools": kept.tools,
        "before": kept.before,
        "assigned": (kept.assigned.days, kept.assigned.names, kept.assigned.numbers),
    }
    if kept.batched is not None:
        batched = kept.batched
        entry["batched"] = (batched.url, batched.api, batched.ids)
    return orjson.dumps(entry).decode()


def opened(handle: str, text: str) -> Kept:
    """Return kept state from the vault's entry."""
    entry = orjson.loads(text)
    before, batched, (days, persons, numbers) = entry["before"], entry.get("batched"), entry["assigned"]
    return Kept(
        handle,
        target=entry["target"],
        id=entry["id"],
        model=entry["model"],
        categories=tuple(entry["categories"]),
        entities=tuple(entry["entities"]),
        names=tuple(entry["names"]),
        tools=tuple(entry["tools"]),
        before=(before[0], before[1]),
        batched=Batched(batched[0], batched[1], tuple(batched[2])) if batched else None,
        assigned=Assignments(days, {digest: tuple(row) for digest, row in persons.items()}, numbers),
    )


def with_kept(inspection: Inspection) -> Inspection:
    """Return the inspection with the contents of the state that the request refers to."""
    kept = inspection.payload.kept
    if kept is None:
        return inspection
    types = {row.type for row in inspection.entities}
    more = tuple(EntitySummary(name, 1, 1.0, (PATH,)) for name in kept.entities if name not in types)
    return replace(
        inspection,
        entities=tuple(sorted((*inspection.entities, *more), key=lambda row: (row.type, row.subject_role))),
        categories=tuple(sorted({*inspection.categories, *kept.categories})),
    )


def extended(
    earlier: Kept, inspection: Inspection, names: Collection[str], assigned: Assignments = NO_ASSIGNMENTS
) -> Kept:
    """Return kept state with what an exchange adds to it.

    Raises:
        KeptChangedError: the state holds more than the exchange was decided on, or stand-ins that it did not know when
            it chose its own.

    """
    types = {row.type for row in inspection.entities}
    if not (types.issuperset(earlier.entities) and set(inspection.categories).issuperset(earlier.categories)):
        raise KeptChangedError
    if _has(earlier.assigned, assigned):
        assigned = earlier.assigned
    elif inspection.payload.kept is None or earlier.assigned != inspection.payload.kept.assigned:
        raise KeptChangedError
    return replace(
        earlier,
        categories=inspection.categories,
        entities=tuple(sorted(types)),
        names=tuple(sorted({*earlier.names, *names})),
        tools=tuple(sorted({*earlier.tools, *inspection.payload.tool_names})),
        assigned=assigned,
    )


def _has(every: Assignments, some: Assignments) -> bool:
    """Whether all of some assignments are among others."""
    within = some.names.items() <= every.names.items() and some.numbers.items() <= every.numbers.items()
    return within and some.days in {0, every.days}


def vault_names(pseudonyms: Mapping[str, str], natural: Collection[str], key: Callable[[], bytes]) -> dict[str, str]:
    """Return the names under which the vault keeps what is in kept state -> originals.

    A stand-in that looks like a value may stand for another one in other kept state: its name says for which.
    """
    if not natural:
        return dict(pseudonyms)
    secret = key()
    return {
        f"{name}{_MARK}{_code(secret, original)}" if name in natural else name: original
        for name, original in pseudonyms.items()
    }


def restorable(originals: Mapping[str, str]) -> tuple[dict[str, str], frozenset[str]]:
    """Return stand-ins -> originals, and which look like values, of what the vault has under such names."""
    parted = [(*name.partition(_MARK)[:2], original) for name, original in originals.items()]
    return {stand_in: original for stand_in, _, original in parted}, frozenset(name for name, mark, _ in parted if mark)


def _code(key: bytes, original: str) -> str:
    return hmac.digest(key, f"natural\x1f{original}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:32]


def prospective(
    inspection: Inspection, target: str, names: Collection[str], prefix: str, assigned: Assignments = NO_ASSIGNMENTS
) -> Kept:
    """Return the state that a target will keep of an exchange, still without the target's identifier.

    Results of a batch inherit its contents. Without a prefix the handle is derived later, from the identifier.
    """
    before = inspection.payload.kept
    batched = inspection.payload.batched or (before.batched if before is not None else None)
    more, tools = (before.names, before.tools) if before is not None and batched is not None else ((), ())
    return Kept(
        handle=fresh(prefix) if prefix else "",
        target=target,
        model=inspection.payload.model,
        categories=inspection.categories,
        entities=tuple(dict.fromkeys(row.type for row in inspection.entities)),
        names=tuple(sorted({*names, *more})),
        tools=tuple(sorted({*inspection.payload.tool_names, *tools})),
        before=(before.handle, before.id) if before is not None else ("", ""),
        batched=batched,
        assigned=assigned,
    )
