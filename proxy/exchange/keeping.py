"""Replaces a target's identifiers in one reply by handles of ours; each is durable before the caller can use it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from proxy.codecs import loose, places, pointer
from proxy.core.decision import lines
from proxy.core.kept_state import Kept
from proxy.core.records import Inspection, Outbound
from proxy.core.state import kept
from proxy.errors import UnknownHandleError, UpstreamMalformedError
from proxy.ports import Vault
from proxy.runtime.offload import run_in_thread_if_large

#: The data of one server-sent event, and the beginning of each of its lines.
_DATA = re.compile(rb"(?:(?:(?<=[\r\n])|\A)data:[^\r\n]*(?:\r\n|\n|\r|\Z))+")
_LINE = re.compile(rb"(?:(?<=[\r\n])|\A)data: ?")
_NAMED = (
    "id", "previous_response_id", "conversation", "conversation.id", "input_file_id", "output_file_id", "error_file_id"
)  # fmt: skip
#: Places of identifiers of what is kept, in whole replies and in events.
_PLACES = (*_NAMED, "response_id", *(f"response.{path}" for path in _NAMED))


@dataclass(frozen=True, slots=True)
class Later:
    """Identifiers of what results from something kept, such as a batch's files: the same handle in every reply.

    ``members`` that hold such identifiers -> the prefix of their handles; ``name`` makes a handle of a prefix and the
    target's identifier; ``keep`` stores what a handle stands for and returns whether it is new.
    """

    template: Kept
    members: Mapping[str, str]
    name: Callable[[str, str], str]
    keep: Callable[[Kept], Awaitable[bool]]

    async def learn(self, document: Mapping[str, Any], names: dict[str, str]) -> str:
        """Add the identifiers in a reply to ``known``; return the first handle that is new, "" for none.

        Raises:
            UpstreamMalformedError: an identifier is invalid.
            VaultUnavailableError: a handle could not be stored.

        """
        first = ""
        for member, prefix in self.members.items():
            identity = document.get(member)
            if identity is None:
                continue
            if not kept.is_id(identity):
                raise UpstreamMalformedError
            stored = replace(self.template, handle=self.name(prefix, identity), id=identity)
            if await self.keep(stored):
                first = first or stored.handle
            names[identity] = stored.handle
        return first


@dataclass(slots=True)
class KeptIds:
    """The identifiers in one reply.

    ``keep`` stores what a handle stands for and ``forget`` erases it. ``template`` is what the target keeps of this
    exchange, with its handle; None where it was not asked to keep anything. ``known``: a target's identifier -> our
    handle. ``later`` handles what results from it. ``links``: members that hold an address -> the address here.
    ``nameless`` is the identifier of something kept whose handle is not stored.
    """

    keep: Callable[[Kept], Awaitable[None]]
    forget: Callable[[str], Awaitable[None]]
    template: Kept | None
    handles: dict[str, str] = field(default_factory=dict)
    minted: str = ""
    nameless: str = ""
    later: Later | None = None
    links: Mapping[str, str] = field(default_factory=dict)

    async def whole(self, body: bytes) -> bytes:
        """Return a whole reply with handles; errors as ``learn``."""
        if not (self.template or self.later or self.handles or self.links):
            return body
        document = await run_in_thread_if_large(len(body), partial(loose.loads, body))
        await self.learn(document)
        identity = document.get("id")
        ours = self.handles.get(identity, "") if kept.is_id(identity) else ""
        if ours and kept.says_deleted(document):
            await self.forget(ours)
        elif self.later is not None:
            self.minted = await self.later.learn(document, self.handles) or self.minted
        addresses = {f"/{name}": path.format(ours) for name, path in self.links.items() if document.get(name)}

        def written() -> bytes:
            named = self._named(document) | addresses
            return loose.dumps(pointer.replace(document, named), halves=loose.halved(body)) if named else body

        return await run_in_thread_if_large(len(body), written)

    async def piece(self, events: bytes) -> bytes:
        """Return whole events of a streamed reply with handles; errors as ``whole``."""
        if self.template is not None and not self.minted:
            for event in map(_event, _DATA.findall(events)):
                if isinstance(response := event.get("response"), dict) and not self.minted:
                    await self.learn(response)
        if not self.handles:
            return events
        return await run_in_thread_if_large(len(events), partial(_DATA.sub, self._renamed, events))

    async def learn(self, document: Mapping[str, Any]) -> None:
        """Store the handle of what the target says in a whole reply that it keeps.

        Raises:
            UpstreamMalformedError: it has no identifier for what it keeps.
            VaultUnavailableError: the handle could not be stored.

        """
        identity = document.get("id")
        if self.template is None:
            return
        if not kept.is_id(identity):
            raise UpstreamMalformedError
        if identity in self.handles:
            return
        stored, self.nameless = replace(self.template, id=identity), identity
        await self.keep(stored)
        self.handles[identity], self.minted, self.nameless = stored.handle, stored.handle, ""

    def _named(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Return the handles for the identifiers of a document, by address."""
        texts = (placed for path in _PLACES for placed in places.at(document, path) if isinstance(placed.node, str))
        return {placed.pointer: self.handles[placed.node] for placed in texts if placed.node in self.handles}

    def _renamed(self, data: re.Match[bytes]) -> bytes:
        """Return the data of an event with handles."""
        if not any(identity.encode() in data[0] for identity in self.handles):
            return data[0]
        event = _event(data[0])
        named = self._named(event)
        end = data[0][len(data[0].rstrip(b"\r\n")) :]
        if not named:
            return data[0]
        return b"data: " + loose.dumps(pointer.replace(event, named), halves=loose.halved(data[0])) + end


def handles(
    vault: Vault, domain: str, api: str, inspection: Inspection, outbound: Outbound, key: Callable[[], bytes]
) -> KeptIds | None:
    """Return what replaces a target's identifiers by handles; None where the API has none for this target.

    ``key`` returns the key that derives the handles of what several replies name.
    """
    dialects, reference = outbound.target.accepts.dialects, inspection.payload.kept
    if not kept.may_name(api, dialects):
        return None
    ours = (
        {}
        if reference is None
        else {identity: handle for handle, identity in (reference.before, (reference.handle, reference.id))}
    )
    ours.pop("", None)
    prefix = kept.handle_prefix(api, dialects, inspection.payload, outbound.wire)
    target, names = outbound.target.id, _names(inspection, outbound, key)

    async def keep(stored: Kept) -> bool:
        before = await vault.find(domain, [stored.handle])
        await vault.put(domain, {stored.handle: kept.packed(stored)})
        return stored.handle not in before

    return KeptIds(
        keep=lambda stored: vault.put(domain, {stored.handle: kept.packed(stored)}),
        forget=lambda handle: vault.forget(domain, [handle]),
        template=kept.prospective(inspection, target, names, prefix, outbound.assigned) if prefix else None,
        handles=ours,
        later=Later(
            template=kept.prospective(inspection, target, names, ""),
            members=kept.RESULTS[api],
            name=lambda prefix, identity: kept.derived(key(), prefix, target, identity),
            keep=keep,
        )
        if api in kept.RESULTS
        else None,
        links=kept.LINKS.get(api, {}),
    )


def _names(inspection: Inspection, outbound: Outbound, key: Callable[[], bytes]) -> Collection[str]:
    """Return the vault's names of what the target keeps, without the stand-ins for the ids of batch lines."""
    reference = inspection.payload.kept
    named = lines.stand_ins(reference.batched.ids) if reference is not None and reference.batched is not None else {}
    return kept.vault_names(outbound.pseudonyms, outbound.natural, key).keys() - named.keys()


async def grow(vault: Vault, domain: str, inspection: Inspection, outbound: Outbound, names: Collection[str]) -> None:
    """Record what a request adds to what a target keeps, before it is sent; ``names`` are the vault's.

    Raises:
        KeptChangedError: it has grown by something that this request was not decided on.
        UnknownHandleError: it has expired or been erased meanwhile.

    """
    reference = inspection.payload.kept
    assert reference is not None  # noqa: S101 - only a request that names a handle adds

    def change(text: str) -> str:
        return kept.packed(kept.extended(kept.opened(reference.handle, text), inspection, names, outbound.assigned))

    if not await vault.amend(domain, reference.handle, change):
        raise UnknownHandleError


def _event(data: bytes) -> Mapping[str, Any]:
    """Return the event of server-sent data, {} where it is not an object."""
    try:
        event = loose.loads(_LINE.sub(b"", data))
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
