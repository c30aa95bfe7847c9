"""What the vault stores of an exchange, pseudonyms, makers of seals and handles, and what a reply gets from it.

A target that remembers earlier exchanges uses their pseudonyms. Those are restored only for keys with the role
``recall``, as in requests; unknown pseudonyms stay as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from proxy.core import obligations
from proxy.core.decision import lines, seals
from proxy.core.deidentification import known_pseudonyms
from proxy.core.deidentification.surrogates import looks_like_pseudonym
from proxy.core.kept_state import ADD, Kept
from proxy.core.keyring import Keyring
from proxy.core.records import KEPT, Inspection, Outbound
from proxy.core.replies.restore import natural_spellings
from proxy.core.state import kept
from proxy.errors import VaultUnavailableError
from proxy.exchange import keeping
from proxy.exchange.deadline import VAULT, stage
from proxy.exchange.request import AddressedRequest
from proxy.ports import Vault
from proxy.runtime.offload import run_in_thread_if_large

#: Returns pseudonym -> original for those that are known.
Find = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
#: The longest pseudonym that can be looked up, characters.
_LONGEST = 64
#: Pseudonyms of one reply that are looked up.
_MOST = 10_000


class Recall:
    """Adds the pseudonyms in one reply to ``back`` (pseudonym -> original) before its texts are filtered."""

    def __init__(self, find: Find, back: dict[str, str]) -> None:
        self._find, self._back = find, back
        self._searched: set[str] = set()
        self._tail = ""

    async def search(self, texts: Iterable[str]) -> None:
        """Search the texts of a whole reply."""
        await self._look("\n".join(texts))

    async def piece(self, chunk: bytes) -> None:
        """Search the next bytes of a stream whose texts arrive in one piece each."""
        text = self._tail + chunk.decode("ascii", "replace")
        self._tail = text[-_LONGEST:]
        await self._look(text)

    async def _look(self, text: str) -> None:
        names = await run_in_thread_if_large(len(text), partial(looks_like_pseudonym, text))
        new = [name for name in names if name not in self._searched and name not in self._back]
        new = new[: _MOST - len(self._searched)]
        if not new:
            return
        self._searched.update(new)
        with stage(VAULT), contextlib.suppress(VaultUnavailableError):
            self._back.update(await self._find(new))


@dataclass(frozen=True, slots=True)
class Storing:
    """Stores and finds for exchanges."""

    vault: Vault
    keyring: Keyring

    async def minting(self, domain: str) -> Keyring:
        """Return the master key that mints the pseudonyms of a domain: a domain begun under a former key keeps it."""
        if self.keyring.read_only:
            with stage(VAULT), contextlib.suppress(VaultUnavailableError):
                return self.keyring.of(await self.vault.begun_with(domain))
        return self.keyring

    async def keep_seals(self, tenant: str, target: str, names: Sequence[str]) -> None:
        """Remember who sealed what in a reply; where that fails, the maker is unknown when it comes back."""
        if names:
            with contextlib.suppress(VaultUnavailableError):
                await self.vault.put_seals(seals.domain(tenant), names, target)

    async def keep_pseudonyms(self, request: AddressedRequest, inspection: Inspection, outbound: Outbound) -> Outbound:
        """Store what was minted; add what earlier exchanges minted where the caller's key may recall it."""
        outbound = await self._with_kept(request, inspection, outbound)
        if not inspection.pseudonyms or known_pseudonyms.RECALL not in request.exchange.principal.roles:
            return outbound
        recalled = {
            name: original for name, original in inspection.pseudonyms.items() if name not in outbound.pseudonyms
        }
        return replace(outbound, pseudonyms={**recalled, **outbound.pseudonyms}, recalled=len(recalled))

    async def _with_kept(self, request: AddressedRequest, inspection: Inspection, outbound: Outbound) -> Outbound:
        """Store what was minted; add what the target keeps, where it has to be restored, and stand-ins of lines."""
        reference = inspection.payload.kept
        if not kept.names_model(inspection.payload):
            outbound = replace(outbound, pinned="")
        names: Mapping[str, str] = outbound.pseudonyms
        if reference is not None or outbound.effect == KEPT:
            names = kept.vault_names(names, outbound.natural, partial(self.kept_key, request.domain))
        earlier = await self._earlier(request, reference, outbound) if reference is not None else {}
        if stored := {**earlier, **names}:  # what is there is renewed, to outlive what is built on it
            await self.vault.put(request.domain, stored, request.exchange.declared.subject_mark)
        if reference is None:
            return outbound
        if reference.use == ADD:
            await keeping.grow(self.vault, request.domain, inspection, outbound, names)
        named = lines.stand_ins(reference.batched.ids) if reference.batched is not None else {}
        originals, natural = kept.restorable(earlier)
        originals |= outbound.pseudonyms
        spelled = natural_spellings(originals, {*natural, *(originals.keys() & outbound.natural.keys())})
        return replace(outbound, pseudonyms={**named, **originals}, natural=spelled)

    async def _earlier(self, request: AddressedRequest, reference: Kept, outbound: Outbound) -> Mapping[str, str]:
        if not obligations.obliged(outbound.verdict, "reidentify_response"):
            return {}
        return await self.vault.find(request.domain, reference.names)

    def kept_key(self, domain: str) -> bytes:
        """Return the key that derives the names of what targets keep for a domain."""
        return self.keyring.derive("kept", domain)
