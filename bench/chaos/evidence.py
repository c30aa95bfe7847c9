"""What must hold afterwards: bodies that arrived against records, replies against records, and nothing of the payload.

Every finding is one line that names exchanges and records, never payload.
"""

from __future__ import annotations

import base64
import urllib.parse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.chaos.load import PLANTED, Answered, replied, streamed
from bench.chaos.product import Product
from bench.chaos.provider import Received
from proxy.audit.records import facts as say
from proxy.audit.records.packing import unpacked
from proxy.audit.records.record import stored
from proxy.core.keyring import Keyring
from proxy.embedded import state
from proxy.embedded.first_start import DEMO_TENANT
from proxy.keys import master_key

#: Codes of replies that are given before there is an exchange, or while nothing can be recorded.
_BEFORE = frozenset({"invalid_api_key", "identity_unavailable"})
_UNRECORDABLE = frozenset({"audit_unavailable"})
_SETTLED = ("delivered", "denied", "failed", "client_gone", "cut", "abandoned")

RECORDS = """
SELECT kind, exchange, attempt, target, action, writer, seq, recorded_at, packed,
       extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS committed
FROM audit.record WHERE tenant = $1 AND kind <> 'event'
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the log, as far as it is needed here."""

    kind: str
    exchange: str
    attempt: int
    target: str
    status: int
    action: str
    committed: float  # Unix seconds
    content: str
    ended: str
    attempts: tuple[tuple[int, str], ...]  # of an outcome: number, how it ended
    place: str


async def read(product: Product) -> list[Record]:
    """Return every decision, attempt and outcome."""
    return [_record(row) for row in await product.sql(RECORDS, DEMO_TENANT)]


def _record(row: Any) -> Record:
    record = stored(unpacked(row["packed"]))
    facts = say.read(record)
    attempts = tuple((one["number"], one["ended"]) for one in facts.get("attempts", ()))
    return Record(
        record.kind, record.exchange, record.attempt, record.target, record.status, record.action,
        row["committed"] or 0.0, facts.get("content", ""), facts.get("ended", ""), attempts,
        f"{row['writer']}/{row['seq']}",
    )  # fmt: skip


@dataclass
class Evidence:
    """Everything that was seen from outside, and everything that was recorded."""

    records: Sequence[Record]
    journal: Sequence[Received]
    answers: Sequence[Answered]
    keyring: Keyring

    def __post_init__(self) -> None:
        self.by_exchange: dict[str, list[Record]] = defaultdict(list)
        for record in self.records:
            self.by_exchange[record.exchange].append(record)
        self._exchange_of = {answer.asked.ref: answer.exchange for answer in self.answers if answer.exchange}
        self.by_content: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in self.records:
            if record.kind == "attempt":
                self.by_content[record.target, record.content].append(record)

    def findings(self) -> Iterator[str]:
        """Yield everything that must not be."""
        yield from self.egress()
        yield from self.counts()
        yield from self.replies()
        yield from self.disclosed()

    # --- no egress without a durable intent -----------------------------------------------------------------------

    def egress(self) -> Iterator[str]:
        """For each body that arrived there is one attempt of its own that was committed before.

        Equal bodies are told apart by time: when the nth of them arrived, n attempts must have been committed.
        """
        arrived: dict[tuple[str, str], list[Received]] = defaultdict(list)
        for received in sorted(self.journal, key=lambda one: one.at):
            if received.whole:
                digest = self.keyring.digest(received.body, "audit-content", DEMO_TENANT)
                arrived[received.target, digest].append(received)
        for key, bodies in arrived.items():
            intents = sorted(self.by_content.get(key, ()), key=lambda record: record.committed)
            for number, received in enumerate(bodies):
                yield from self._backed(received, intents[number] if number < len(intents) else None)
        yield from self._complete_without_body({key: len(bodies) for key, bodies in arrived.items()})

    def _backed(self, received: Received, intent: Record | None) -> Iterator[str]:
        size = len(received.body)
        if intent is None:
            yield f"a body of {size} bytes reached {received.target} without a record of the intent of its own"
            return
        if not intent.committed or intent.committed > received.at:
            late = (intent.committed - received.at) * 1000
            yield f"the intent {intent.place} was committed {late:.1f} ms after its body reached {received.target}"
        mine = self._exchange_of.get(_ref(received.body), "")
        if mine and mine != intent.exchange:
            yield f"a body of exchange {mine} left under the intent of exchange {intent.exchange}"

    def _complete_without_body(self, arrived: Mapping[tuple[str, str], int]) -> Iterator[str]:
        """What is recorded as answered must have reached somebody."""
        complete: Counter[tuple[str, str]] = Counter()
        for records in self.by_exchange.values():
            sent = {record.attempt: (record.target, record.content) for record in records if record.kind == "attempt"}
            for outcome in (record for record in records if record.kind == "outcome"):
                complete.update(sent.get(number, ("", "")) for number, ended in outcome.attempts if ended == "complete")
        for key, count in complete.items():
            if count > arrived.get(key, 0):
                yield f"{count} attempts of one body are recorded complete at {key[0]}, which got {arrived.get(key, 0)}"

    # --- exactly one decision and one outcome ---------------------------------------------------------------------

    def counts(self) -> Iterator[str]:
        """No exchange has two of either, none lacks a decision or an outcome, attempts are numbered from 1."""
        for exchange, records in self.by_exchange.items():
            kinds = Counter(record.kind for record in records)
            if kinds["decision"] != 1:
                yield f"exchange {exchange} has {kinds['decision']} decisions"
            if kinds["outcome"] != 1:
                yield f"exchange {exchange} has {kinds['outcome']} outcomes"
            numbers = sorted(record.attempt for record in records if record.kind == "attempt")
            if len(set(numbers)) != len(numbers):
                yield f"exchange {exchange} has attempts {numbers}"
            for outcome in (record for record in records if record.kind == "outcome"):
                if outcome.ended not in _SETTLED:
                    yield f"exchange {exchange} ended {outcome.ended!r}"

    def replies(self) -> Iterator[str]:
        """Each answered exchange is recorded, with what its caller saw; what came back is what was said."""
        for answer in self.answers:
            if not answer.exchange:
                continue
            records = self.by_exchange.get(answer.exchange, [])
            if not records and answer.code not in _BEFORE | _UNRECORDABLE:
                yield f"exchange {answer.exchange} was answered ({answer.label}) and is not recorded"
            yield from self._as_seen(answer, records)

    def _as_seen(self, answer: Answered, records: Sequence[Record]) -> Iterator[str]:
        outcome = next((record for record in records if record.kind == "outcome"), None)
        if not answer.whole or outcome is None:
            return
        delivered = answer.status == 200 and outcome.ended in {"delivered", "abandoned", "client_gone"}
        told = answer.status == outcome.status or outcome.ended == "abandoned" or answer.code in _UNRECORDABLE
        if (answer.status == 200 and not delivered) or not told:
            yield (f"exchange {answer.exchange} was answered {answer.label} but is recorded as "
                   f"{outcome.ended} with status {outcome.status}")  # fmt: skip
        if answer.status == 200 and not answer.target.startswith("local/") and answer.asked.text:
            yield from self._restored(answer)

    @staticmethod
    def _restored(answer: Answered) -> Iterator[str]:
        if answer.asked.stream:
            text, complete = streamed(answer.body)
            if not complete:
                yield f"the stream of exchange {answer.exchange} ended cleanly without its end"
        else:
            text = replied(answer) or ""
        if text != answer.asked.text:
            yield f"the reply of exchange {answer.exchange} ({answer.asked.kind}) is not what was said"

    # --- nothing of the payload where it must not be --------------------------------------------------------------

    def disclosed(self) -> Iterator[str]:
        """No third party received a planted value."""
        for received in self.journal:
            if received.target != "local/eu" and (found := planted_in(received.body.decode(errors="replace"))):
                yield f"{received.target} received {found} planted value(s)"


def _ref(body: bytes) -> str:
    """Return the word that names the request in a body, "" when there is none."""
    at = body.find(b"chaos")
    return body[at : at + 15].decode(errors="replace") if at >= 0 else ""


def forms() -> Iterator[str]:
    """Yield every planted value as it may be written."""
    for value in PLANTED:
        yield value.lower()
        yield urllib.parse.quote(value).lower()
        yield base64.b64encode(value.encode()).decode().rstrip("=").lower()
        yield value.encode().hex()


_FORMS = tuple(forms())


def planted_in(text: str) -> int:
    """Return how many planted values a text holds."""
    lower = text.lower()
    return sum(form in lower for form in _FORMS)


async def leaks(product: Product, metrics: str) -> list[str]:
    """Look for planted values in the database, the logs and the metrics."""
    found = ["the metrics hold a planted value"] if planted_in(metrics) else []
    tables = await product.sql(
        "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables "
        "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
    )
    for table in tables:
        rows = await product.sql(f"SELECT t::text AS row FROM {table['name']} t")
        if any(planted_in(row["row"]) for row in rows):
            found.append(f"table {table['name']} holds a planted value")
    found += [
        f"{path.name} holds a planted value" for path in logs(product) if planted_in(path.read_text(errors="replace"))
    ]
    return found


def logs(product: Product) -> Iterable[Path]:
    """Every file that parts wrote for people."""
    yield from (path for path in (product.state_dir / "log").iterdir() if path.is_file())
    root = product.state_dir / "postgres" if product.database is None else product.database.server.root
    yield root / "log"
    yield product.folder / "output"


def keyring(product: Product) -> Keyring:
    """Return the keys of this installation as the product reads them, to recompute what records say of a body."""
    return master_key.decoded(state.master_key(product.state_dir), str(state.secret_path(product.state_dir)))
