"""What a target keeps for a caller: a handle of ours names it, bound to that target, with what it holds.

The target's own identifier never reaches the caller, and none of a caller's reaches a target but by a handle. A handle
lies in the vault, in the domain of the pseudonyms of the request that made it: it expires and is erased with them, and
nobody else knows it. Using one adds what it holds to the facts of the request, so that policy decides on both. A
conversation grows: what a turn adds is written under its handle before the turn leaves, and a turn that was decided on
less than stands there by then does not leave.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import replace
from typing import TypeGuard

import orjson

from proxy.core.kept_state import Kept
from proxy.core.records import EntitySummary, Inspection, Payload
from proxy.core.wire import Wire
from proxy.errors import KeptChangedError

#: The APIs that a target must speak for its responses and for its conversations to get handles.
OFFERED, CONVERSATIONS = "openai_responses_kept", "openai_conversations"
#: The API whose responses get them, in which conversations are named too.
_MADE_BY = "openai_responses"
#: Where what is kept stands in the facts: it is not in the body.
PATH = "kept"
#: How handles of responses and of conversations begin.
RESPONSE, CONVERSATION = "resp_cp_", "conv_cp_"
_LETTERS = "bcdfghjklmnpqrstvwxz"  # no digit and no word: nothing that is searched for looks like it
_LENGTH = 32
_HANDLE = re.compile(rf"({RESPONSE}|{CONVERSATION})[{_LETTERS}]{{{_LENGTH}}}")
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


def is_id(value: object) -> TypeGuard[str]:
    """Whether this can be a target's own identifier of what it keeps."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def may_name(api: str, spoken: Collection[str]) -> bool:
    """Whether replies of an API may name what a target keeps that speaks these."""
    return (api == _MADE_BY and not {OFFERED, CONVERSATIONS}.isdisjoint(spoken)) or (
        api in {OFFERED, CONVERSATIONS} and api in spoken
    )


def asked(api: str, spoken: Collection[str], payload: Payload, wire: Wire) -> str:
    """Return how the handle begins of what a request as it leaves asks a target to keep, "" where there will be none.

    ``spoken`` are the APIs that the target speaks.
    """
    if api == CONVERSATIONS:
        return CONVERSATION if payload.kept is None else ""
    stores = api == _MADE_BY and OFFERED in spoken and orjson.loads(wire.body).get("store") is True
    return RESPONSE if stores else ""


def packed(kept: Kept) -> str:
    """Return what the vault keeps under the handle."""
    said = {
        "target": kept.target,
        "id": kept.id,
        "model": kept.model,
        "categories": kept.categories,
        "entities": kept.entities,
        "names": kept.names,
        "before": kept.before,
    }
    return orjson.dumps(said).decode()


def opened(handle: str, text: str) -> Kept:
    """Return what was packed."""
    said = orjson.loads(text)
    before = said["before"]
    return Kept(
        handle,
        target=said["target"],
        id=said["id"],
        model=said["model"],
        categories=tuple(said["categories"]),
        entities=tuple(said["entities"]),
        names=tuple(said["names"]),
        before=(before[0], before[1]),
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
    """Return what a target will keep of an exchange, but for its own identifier of it."""
    before = inspection.payload.kept
    return Kept(
        handle=fresh(begins),
        target=target,
        model=inspection.payload.model,
        categories=inspection.categories,
        entities=tuple(dict.fromkeys(row.type for row in inspection.entities)),
        names=tuple(sorted(names)),
        before=(before.handle, before.id) if before is not None else ("", ""),
    )
