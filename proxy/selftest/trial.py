"""Sends every plant in every API through the proxy, one after the other, and judges each by both of its ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification import proof, proof_check
from proxy.audit.verification.proof import ProofError
from proxy.selftest import plants
from proxy.selftest.plants import CLEAN, PERSON, SECRET, Plant, Views
from proxy.selftest.sink import OUTSIDE, REGION, Received, Sink
from proxy.selftest.spoken import Spoken

OK, _PENDING = 200, 202
_REFUSED = range(400, 500)
_ANSWER = aiohttp.ClientTimeout(total=120)
_AGAIN_S = 2.0
_HEADER = "x-compliance-"


@dataclass
class Exchanged:
    """One exchange: what was planted, what the proxy answered, what arrived where, what is on record."""

    spoken: Spoken
    plant: Plant
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    received: Sequence[Received] = ()
    record: Mapping[str, Any] | None = None  # what the receipt says
    unproven: str = "no exchange was named"  # why there is no receipt

    @property
    def id(self) -> str:
        """The exchange as the proxy names it."""
        return self.headers.get(f"{_HEADER}exchange", "")

    @property
    def returned(self) -> str:
        """What the reply says, "" where it is none of this API."""
        try:
            return self.spoken.text(self.body) if self.status == OK and self.spoken.echoes else ""
        except (ValueError, LookupError, TypeError):
            return ""

    def faults(self, leaked: Sequence[str]) -> list[str]:
        """Return what is wrong; ``leaked`` are the values of the plant that the target outside received at any time."""
        faults = [f"the target outside received {len(leaked)} of {len(self.plant.values)} values"] if leaked else []
        return [*faults, *self._unserved(), *self._unrestored(), *self._unrecorded()]

    def _unserved(self) -> list[str]:
        if self.status == OK:
            return [] if self.received else ["answered, though nothing reached a target of the self-test"]
        if self.plant.kind not in {CLEAN, PERSON} and self.status in _REFUSED and f"{_HEADER}decision" in self.headers:
            return ["refused, but a target received it"] if self.received else []
        return [f"not served: status {self.status} {_code(self.body)}".rstrip()]

    def _unrestored(self) -> list[str]:
        if self.status != OK or self.plant.kind == SECRET:
            return []
        if self.plant.kind == CLEAN and any(self.plant.text.encode() not in item.body for item in self.received):
            return ["an impersonal text was changed on its way"]
        return (
            []
            if not self.spoken.echoes or self.returned == self.plant.text
            else ["the reply does not say what was sent"]
        )

    def _unrecorded(self) -> list[str]:
        if self.record is None:
            return [f"not on record: {self.unproven}"]
        shown = {name: self.headers.get(f"{_HEADER}{name}", "") for name in ("action", "target")}
        decided, ended = self.record.get("decision", {}), self.record.get("outcome", {})
        on_record = {
            "action": decided.get("action", ""),
            "target": ended.get("target", "") or decided.get("target", ""),
        }
        differs = [f"{name} {shown[name]} was shown, {on_record[name] or 'none'} is on record"
                   for name in shown if shown[name] and shown[name] != on_record[name]]  # fmt: skip
        return differs if ended else [*differs, "the record has no end"]


@dataclass(frozen=True, slots=True)
class Trial:
    """A proxy to be tried: its address, a key of it, the model that leads to the sink, the audit log's public key."""

    url: str
    key: str = field(repr=False)
    model: str
    verifier: VerifierKey | None
    patience_s: float = 90.0

    async def run(self, sink: Sink, tried: Iterable[Spoken], step: Callable[[Exchanged], None]) -> list[Exchanged]:
        """Send everything, then take the receipts. ``step`` is told of each exchange as it ends.

        Raises:
            aiohttp.ClientError, TimeoutError: the proxy does not answer.

        """
        async with aiohttp.ClientSession(timeout=_ANSWER) as session:
            exchanged = []
            async for item in self._sent(session, sink, tried):
                exchanged.append(item)
                step(item)
            until = time.monotonic() + self.patience_s
            for item in exchanged:
                await self._receive(session, item, until)
        return exchanged

    async def _sent(
        self, session: aiohttp.ClientSession, sink: Sink, tried: Iterable[Spoken]
    ) -> AsyncIterator[Exchanged]:
        for spoken in tried:
            for kind in plants.KINDS:
                exchanged = Exchanged(spoken, plants.new_plant(kind))
                path, body = spoken.request(exchanged.plant.text, self.model)
                headers = {"content-type": "application/json", f"{_HEADER}receipt": "yes", **spoken.headers}
                since, sink.asked = len(sink.received), spoken
                async with session.post(self.url + path, data=body, headers={**self._credential, **headers}) as answer:
                    exchanged.status, exchanged.headers = (
                        answer.status,
                        {key.lower(): value for key, value in answer.headers.items()},
                    )
                    exchanged.body = await answer.read()
                exchanged.received = sink.received[since:]
                yield exchanged

    @property
    def _credential(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    async def _receive(self, session: aiohttp.ClientSession, exchanged: Exchanged, until: float) -> None:
        """Take the receipt of an exchange, once a note covers it."""
        while exchanged.id:
            async with session.get(
                f"{self.url}/v1/compliance/receipts/{exchanged.id}", headers=self._credential
            ) as answer:  # fmt: skip
                status, body = answer.status, await answer.read()
            if status == OK:
                exchanged.record, exchanged.unproven = self._proven(exchanged.id, body)
                return
            exchanged.unproven = (
                "its receipt is not signed yet" if status == _PENDING else f"status {status} {_code(body)}".rstrip()
            )
            if status != _PENDING or time.monotonic() > until:
                return
            await asyncio.sleep(_AGAIN_S)

    def _proven(self, exchange: str, body: bytes) -> tuple[Mapping[str, Any] | None, str]:
        """Return what a receipt says, and why it does not count; without the log's key it is taken at its word."""
        try:
            receipt = proof.read(orjson.loads(body))
            if receipt.exchange != exchange:
                raise ProofError("the receipt is of another exchange")
            if self.verifier is not None:
                proof_check.check(receipt, self.verifier)
            return next(facts for facts in map(_stated, receipt.records) if facts is not None), ""
        except (ValueError, StopIteration) as error:
            return None, str(error) or "the receipt does not say what was decided"


def leaked(exchanged: Sequence[Exchanged], received: Sequence[Received]) -> list[tuple[str, ...]]:
    """Return for each exchange the values of its plant that the target outside received: with it, or at any other time.

    Names and illnesses count in what was received with it alone: other plants may have the same.
    """
    views = {id(item): Views(item.body, item.beside) for item in received if item.target == OUTSIDE}
    leaks = []
    for item in exchanged:
        bodies = {id(received) for received in item.received}
        values = {value: None for at, view in views.items() for value in view.values_of(item.plant)
                  if at in bodies or any(map(str.isdigit, value))}  # fmt: skip
        leaks.append(tuple(values))
    return leaks


def where(exchanged: Exchanged) -> str:
    """Return the targets that received an exchange, in words."""
    names = {OUTSIDE: "the target outside", REGION: "the target in the region"}
    return ", ".join(dict.fromkeys(names[received.target] for received in exchanged.received)) or "nobody"


def _stated(record: proof.ProvenRecord) -> Mapping[str, Any] | None:
    body = orjson.loads(record.body)
    return body["facts"] if body["columns"].get("action") == proof.RECEIPT else None


def _code(body: bytes) -> str:
    """Return the code of an error in any dialect, as far as there is one."""
    try:
        document = orjson.loads(body)
        error = document.get("error", document) if isinstance(document, dict) else {}
        return str(error.get("code") or error.get("type") or "") if isinstance(error, dict) else str(error)[:80]
    except ValueError:
        return ""
