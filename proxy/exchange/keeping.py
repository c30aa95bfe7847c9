"""Handles of ours in place of a target's identifiers, in one reply: each is durable before the caller can use it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from proxy.core.kept_state import Kept
from proxy.core.records import Inspection, Outbound
from proxy.core.state import kept
from proxy.errors import UnknownHandleError, UpstreamMalformedError
from proxy.ports import Vault

_DATA = b"data:"
_LINE_END = re.compile(rb"[\r\n]+")


@dataclass(slots=True)
class KeptIds:
    """The identifiers of one reply.

    ``keep`` stores what a handle stands for and ``forget`` removes what stands under one. ``template`` is what is kept
    of this exchange, with its handle, None where the target was not asked to keep anything. ``known``: a target's
    identifier -> ours.
    """

    keep: Callable[[Kept], Awaitable[None]]
    forget: Callable[[str], Awaitable[None]]
    template: Kept | None
    known: dict[str, str] = field(default_factory=dict)
    minted: str = ""

    async def whole(self, body: bytes) -> bytes:
        """Return a whole reply with handles.

        Raises:
            UpstreamMalformedError: it names what it keeps by no identifier.
            VaultUnavailableError: the handle could not be stored.

        """
        document = orjson.loads(body)
        await self._learn(document)
        if document.get("deleted") is True and kept.is_id(document.get("id")) and document["id"] in self.known:
            await self.forget(self.known[document["id"]])
        return self._replaced(body)

    async def piece(self, events: bytes) -> bytes:
        """Return whole events of a streamed reply with handles; errors as ``whole``."""
        if self.template is not None and not self.minted:
            for line in _LINE_END.split(events):
                found = _response(line[len(_DATA) :]) if line.startswith(_DATA) else {}
                if found and not self.minted:
                    await self._learn(found)
        return self._replaced(events)

    async def _learn(self, document: Mapping[str, Any]) -> None:
        identity = document.get("id")
        if self.template is None:
            return
        if not kept.is_id(identity):
            raise UpstreamMalformedError
        if identity in self.known:
            return
        made = replace(self.template, id=identity)
        await self.keep(made)
        self.known[identity] = self.minted = made.handle

    def _replaced(self, body: bytes) -> bytes:
        for identity, handle in self.known.items():
            body = body.replace(orjson.dumps(identity), orjson.dumps(handle))
        return body


def handles(vault: Vault, domain: str, api: str, inspection: Inspection, outbound: Outbound) -> KeptIds | None:
    """Return what puts handles in place of a target's identifiers, where it offers to keep something for them."""
    spoken, known = outbound.target.takes.dialects, inspection.payload.kept
    if not kept.may_name(api, spoken):
        return None
    ours = {} if known is None else {theirs: handle for handle, theirs in (known.before, (known.handle, known.id))}
    ours.pop("", None)
    begins = kept.asked(api, spoken, inspection.payload, outbound.wire)
    return KeptIds(
        keep=lambda one: vault.put(domain, {one.handle: kept.packed(one)}),
        forget=lambda handle: vault.forget(domain, [handle]),
        template=kept.made(inspection, outbound.target.id, outbound.pseudonyms, begins) if begins else None,
        known=ours,
    )


async def grow(vault: Vault, domain: str, inspection: Inspection, outbound: Outbound) -> None:
    """Note what a request adds to what a target keeps, before it leaves.

    Raises:
        KeptChangedError: others have added what this request was not decided on.
        UnknownHandleError: it has expired or been erased meanwhile.

    """
    known = inspection.payload.kept
    assert known is not None  # noqa: S101 - nothing is added to what is not there

    def change(text: str) -> str:
        return kept.packed(kept.grown(kept.opened(known.handle, text), inspection, outbound.pseudonyms))

    if not await vault.amend(domain, known.handle, change):
        raise UnknownHandleError


def _response(data: bytes) -> Mapping[str, Any]:
    """Return the response that an event holds, {} where it holds none."""
    try:
        event = orjson.loads(data)
    except ValueError:
        return {}
    found = event.get("response") if isinstance(event, dict) else None
    return found if isinstance(found, dict) else {}
