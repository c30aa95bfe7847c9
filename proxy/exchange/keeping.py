"""Handles of ours in place of a target's identifiers, in one reply: each is durable before the caller can use it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from proxy.core.decision import lines
from proxy.core.kept_state import Kept
from proxy.core.records import Inspection, Outbound
from proxy.core.state import kept
from proxy.errors import UnknownHandleError, UpstreamMalformedError
from proxy.ports import Vault

_DATA = b"data:"
_LINE_END = re.compile(rb"[\r\n]+")


@dataclass(frozen=True, slots=True)
class Later:
    """What comes of something that a target keeps, as later replies name it: each time by the same handle.

    ``members`` that name it -> how its handle begins; ``name`` makes a handle of that and the target's identifier;
    ``keep`` stores what the handle stands for and returns whether nothing did before.
    """

    template: Kept
    members: Mapping[str, str]
    name: Callable[[str, str], str]
    keep: Callable[[Kept], Awaitable[bool]]

    async def learn(self, document: Mapping[str, Any], known: dict[str, str]) -> str:
        """Add what a reply names to ``known``; return the first handle under which nothing was kept, "" for none.

        Raises:
            UpstreamMalformedError: it names something by no identifier.
            VaultUnavailableError: a handle could not be stored.

        """
        first = ""
        for member, begins in self.members.items():
            identity = document.get(member)
            if identity is None:
                continue
            if not kept.is_id(identity):
                raise UpstreamMalformedError
            made = replace(self.template, handle=self.name(begins, identity), id=identity)
            if await self.keep(made):
                first = first or made.handle
            known[identity] = made.handle
        return first


@dataclass(slots=True)
class KeptIds:
    """The identifiers of one reply.

    ``keep`` stores what a handle stands for and ``forget`` removes what stands under one. ``template`` is what is kept
    of this exchange, with its handle, None where the target was not asked to keep anything. ``known``: a target's
    identifier -> ours. ``later`` knows what comes of it. ``links``: members that hold an address -> that of ours.
    """

    keep: Callable[[Kept], Awaitable[None]]
    forget: Callable[[str], Awaitable[None]]
    template: Kept | None
    known: dict[str, str] = field(default_factory=dict)
    minted: str = ""
    later: Later | None = None
    links: Mapping[str, str] = field(default_factory=dict)

    async def whole(self, body: bytes) -> bytes:
        """Return a whole reply with handles.

        Raises:
            UpstreamMalformedError: it names what it keeps by no identifier.
            VaultUnavailableError: the handle could not be stored.

        """
        document = orjson.loads(body)
        await self._learn(document)
        identity = document.get("id")
        ours = self.known.get(identity, "") if kept.is_id(identity) else ""
        if ours and kept.says_deleted(document):
            await self.forget(ours)
        elif self.later is not None:
            self.minted = await self.later.learn(document, self.known) or self.minted
        addresses = {name: path.format(ours) for name, path in self.links.items() if document.get(name)}
        return self._replaced(orjson.dumps({**document, **addresses}) if addresses else body)

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


def handles(
    vault: Vault, domain: str, api: str, inspection: Inspection, outbound: Outbound, key: bytes
) -> KeptIds | None:
    """Return what puts handles in place of a target's identifiers, where it offers to keep something for them.

    ``key`` makes the handles of what is named more than once.
    """
    spoken, known = outbound.target.takes.dialects, inspection.payload.kept
    if not kept.may_name(api, spoken):
        return None
    ours = {} if known is None else {theirs: handle for handle, theirs in (known.before, (known.handle, known.id))}
    ours.pop("", None)
    begins = kept.asked(api, spoken, inspection.payload, outbound.wire)
    target, names = outbound.target.id, _names(inspection, outbound)

    async def keep(one: Kept) -> bool:
        before = await vault.find(domain, [one.handle])
        await vault.put(domain, {one.handle: kept.packed(one)})
        return one.handle not in before

    return KeptIds(
        keep=lambda one: vault.put(domain, {one.handle: kept.packed(one)}),
        forget=lambda handle: vault.forget(domain, [handle]),
        template=kept.made(inspection, target, names, begins) if begins else None,
        known=ours,
        later=Later(
            template=kept.made(inspection, target, names, ""),
            members=kept.RESULTS[api],
            name=lambda prefix, identity: kept.derived(key, prefix, target, identity),
            keep=keep,
        )
        if api in kept.RESULTS
        else None,
        links=kept.LINKS.get(api, {}),
    )


def _names(inspection: Inspection, outbound: Outbound) -> Collection[str]:
    """Return the pseudonyms that stand in what the target keeps, without the stand-ins for what lines are called."""
    known = inspection.payload.kept
    named = lines.stand_ins(known.batched.ids) if known is not None and known.batched is not None else {}
    return outbound.pseudonyms.keys() - named.keys()


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
