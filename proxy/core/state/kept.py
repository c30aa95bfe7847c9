"""What a target keeps for a caller: a handle of ours names it, bound to that target, with what it holds.

The target's own identifier never reaches the caller, and none of a caller's reaches a target but by a handle. A handle
lies in the vault, in the domain of the pseudonyms of the request that made it: it expires and is erased with them, and
nobody else knows it. Using one adds what it holds to the facts of the request, so that policy decides on both. A
conversation grows: what a turn adds is written under its handle before the turn leaves, and a turn that was decided on
less than stands there by then does not leave.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeGuard

import orjson

from proxy.core.kept_state import ADD, Batched, Kept
from proxy.core.records import EntitySummary, Inspection, Payload
from proxy.core.wire import Wire
from proxy.errors import KeptChangedError

#: The APIs that a target must speak for its responses and for its conversations to get handles.
OFFERED, CONVERSATIONS = "openai_responses_kept", "openai_conversations"
#: The APIs of files and batches, and of Anthropic's batches; all they make is kept.
FILES, BATCHES, MESSAGE_BATCHES = "openai_files", "openai_batches", "anthropic_batches"
#: The API whose responses get them, in which conversations are named too.
_MADE_BY = "openai_responses"
#: Where what is kept stands in the facts: it is not in the body.
PATH = "kept"
#: How handles begin: of responses, conversations, files, batches, and batches of Anthropic's.
RESPONSE, CONVERSATION, FILE, BATCH, MESSAGE_BATCH = "resp_cp_", "conv_cp_", "file-cp-", "batch_cp_", "msgbatch_cp_"
_MADE = {CONVERSATIONS: CONVERSATION, FILES: FILE, BATCHES: BATCH, MESSAGE_BATCHES: MESSAGE_BATCH}
#: Members by which a reply names what has come of it -> how their handles begin; those that hold an address -> ours.
RESULTS: Mapping[str, Mapping[str, str]] = {BATCHES: {"output_file_id": FILE, "error_file_id": FILE}}
LINKS: Mapping[str, Mapping[str, str]] = {MESSAGE_BATCHES: {"results_url": "/v1/messages/batches/{}/results"}}
_LETTERS = "bcdfghjklmnpqrstvwxz"  # no digit and no word: nothing that is searched for looks like it
_LENGTH = 32
_HANDLE = re.compile(rf"({RESPONSE}|{CONVERSATION}|{FILE}|{BATCH}|{MESSAGE_BATCH})[{_LETTERS}]{{{_LENGTH}}}")
_ID = re.compile(r"[A-Za-z0-9][\w.:-]{0,255}", re.ASCII)


def is_handle(value: object, begins: str) -> TypeGuard[str]:
    """Whether this is a handle of ours of a kind; whether anything is kept under it is the vault's to say."""
    return isinstance(value, str) and value.startswith(begins) and _HANDLE.fullmatch(value) is not None


def may_hold_one(body: bytes) -> bool:
    """Whether a body may name a handle."""
    return RESPONSE.encode() in body or CONVERSATION.encode() in body


def fresh(begins: str) -> str:
    """Return a new handle: 138 random bits."""
    return begins + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def derived(key: bytes, begins: str, target: str, identity: str) -> str:
    """Return the handle of what a target names more than once: each time the same, and only the key tells it."""
    digest = hmac.digest(key, f"{begins}\x1f{target}\x1f{identity}".encode(), hashlib.sha256)
    number, letters = int.from_bytes(digest), ""
    for _ in range(_LENGTH):
        number, letter = divmod(number, len(_LETTERS))
        letters += _LETTERS[letter]
    return begins + letters


def is_id(value: object) -> TypeGuard[str]:
    """Whether this can be a target's own identifier of what it keeps."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def may_name(api: str, spoken: Collection[str]) -> bool:
    """Whether replies of an API may name what a target keeps that speaks these."""
    return (api == _MADE_BY and not {OFFERED, CONVERSATIONS}.isdisjoint(spoken)) or (
        api in {OFFERED, *_MADE} and api in spoken
    )


def names_model(payload: Payload) -> bool:
    """Whether the reply to a request names the model that has answered: one about what is kept names none."""
    return bool(payload.spans) and payload.batched is None


def says_deleted(document: Mapping[str, Any]) -> bool:
    """Whether a reply is the word that something is deleted, OpenAI's or Anthropic's."""
    if str(document.get("type", "")).endswith("_deleted"):
        return True
    return document.get("deleted") is True and "output" not in document


def asked(api: str, spoken: Collection[str], payload: Payload, wire: Wire) -> str:
    """Return how the handle begins of what a request as it leaves asks a target to keep, "" where there will be none.

    ``spoken`` are the APIs that the target speaks.
    """
    if api in _MADE:
        makes = payload.kept is None or (payload.lasting and payload.kept.use != ADD)
        return _MADE[api] if makes else ""
    stores = api == _MADE_BY and OFFERED in spoken and orjson.loads(wire.body).get("store") is True
    return RESPONSE if stores else ""


def packed(kept: Kept) -> str:
    """Return what the vault keeps under the handle."""
    said: dict[str, Any] = {
        "target": kept.target,
        "id": kept.id,
        "model": kept.model,
        "categories": kept.categories,
        "entities": kept.entities,
        "names": kept.names,
        "before": kept.before,
    }
    if kept.batched is not None:
        one = kept.batched
        said["batched"] = (one.url, one.api, one.operation, one.ids)
    return orjson.dumps(said).decode()


def opened(handle: str, text: str) -> Kept:
    """Return what was packed."""
    said = orjson.loads(text)
    before, batched = said["before"], said.get("batched")
    return Kept(
        handle,
        target=said["target"],
        id=said["id"],
        model=said["model"],
        categories=tuple(said["categories"]),
        entities=tuple(said["entities"]),
        names=tuple(said["names"]),
        before=(before[0], before[1]),
        batched=Batched(batched[0], batched[1], batched[2], tuple(batched[3])) if batched else None,
    )


def held(inspection: Inspection) -> Inspection:
    """Return what a request and what it refers to hold together."""
    kept = inspection.payload.kept
    if kept is None:
        return inspection
    own = {row.type for row in inspection.entities}
    more = tuple(EntitySummary(name, 1, 1.0, (PATH,)) for name in kept.entities if name not in own)
    return replace(
        inspection,
        entities=tuple(sorted((*inspection.entities, *more), key=lambda row: (row.type, row.subject_role))),
        categories=tuple(sorted({*inspection.categories, *kept.categories})),
    )


def grown(known: Kept, inspection: Inspection, names: Collection[str]) -> Kept:
    """Return what a target keeps with what an exchange adds to it.

    Raises:
        KeptChangedError: it holds more than the exchange was decided on.

    """
    types = {row.type for row in inspection.entities}
    if not (types.issuperset(known.entities) and set(inspection.categories).issuperset(known.categories)):
        raise KeptChangedError
    return replace(
        known,
        categories=inspection.categories,
        entities=tuple(sorted(types)),
        names=tuple(sorted({*known.names, *names})),
    )


def made(inspection: Inspection, target: str, names: Collection[str], begins: str) -> Kept:
    """Return what a target will keep of an exchange, but for its own identifier of it.

    What comes of a batch holds what the batch does. Where nothing ``begins`` a handle, it is made of the identifier.
    """
    before = inspection.payload.kept
    batched = inspection.payload.batched or (before.batched if before is not None else None)
    more = before.names if before is not None and batched is not None else ()
    return Kept(
        handle=fresh(begins) if begins else "",
        target=target,
        model=inspection.payload.model,
        categories=inspection.categories,
        entities=tuple(dict.fromkeys(row.type for row in inspection.entities)),
        names=tuple(sorted({*names, *more})),
        before=(before.handle, before.id) if before is not None else ("", ""),
        batched=batched,
    )
