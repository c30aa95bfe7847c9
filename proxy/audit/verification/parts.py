"""Parts: what the leaves [first, end) of the log make, kept so that no question derives it again.

A part holds the rows of exchanges and events as Parquet, and the state in which a derivation goes on behind it: what
has not ended, the answers that later records may name, how much was read. The audit signing key signs it with the root
that the log has at its end. Whoever reads takes parts from the beginning of the log on, as far as each follows the one
before and is signed by the key in force; the rest is derived. So one that is changed or missing costs time and changes
nothing.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from proxy.audit.records.derivation import EVENT, EXCHANGE, Derivation
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.sealing.seal import Batch
from proxy.audit.verification import columnar

_KIND = "compliance-proxy/evidence-part/v1"
#: Rows that were derived in another form are derived again.
FORM = hashlib.sha256(orjson.dumps([_KIND, EXCHANGE, EVENT])).hexdigest()
COLUMNS: Mapping[str, Mapping[str, str]] = {"exchange": EXCHANGE, "event": EVENT}


class Part(NamedTuple):
    """One part; ``root`` is the log's at ``end``, ``exchange`` and ``event`` are Parquet, ``state`` is JSON."""

    first: int
    end: int
    root: bytes
    exchange: bytes
    event: bytes
    state: bytes
    signature: str = ""

    @classmethod
    def read(cls, row: Sequence[Any]) -> Part:
        """Return the part of a row of ``audit.part``."""
        return cls(*row)

    def text(self, origin: str) -> str:
        """Return what is signed."""
        held = (hashlib.sha256(one).hexdigest() for one in (self.exchange, self.event, self.state))
        return "\n".join((_KIND, origin, FORM, f"{self.first} {self.end}", self.root.hex(), *held, ""))

    def is_by(self, key: VerifierKey) -> bool:
        """Whether a key signed it."""
        return key.signed(self.signature, self.text(key.origin))


class RecordCount(NamedTuple):
    """How much was read: records, and those of which the hash alone was read; and of which time.

    ``first_at`` and ``last_at`` are those of the seals that a note covers, microseconds since 1970; 0 for none.
    """

    records: int = 0
    hidden: int = 0
    first_at: int = 0
    last_at: int = 0

    def spanning(self, batches: Iterable[Batch]) -> RecordCount:
        """Return it over the time of these too, which a note covers."""
        covered = list(batches)
        first = min((batch.first_at for batch in covered), default=0)
        last = max((batch.last_at for batch in covered), default=0)
        begins = [at for at in (self.first_at, first) if at]
        return self._replace(first_at=min(begins, default=0), last_at=max(self.last_at, last))


def following(parts: Iterable[Part], key: VerifierKey) -> Iterator[Part]:
    """Yield the parts that follow each other from the beginning of the log on, as far as the key signed them."""
    end = 0
    for part in parts:
        if part.first != end or not part.is_by(key):
            return
        yield part
        end = part.end


def state(derived: Derivation, read: RecordCount) -> bytes:
    """Return the state behind what was derived."""
    return orjson.dumps({"read": list(read), **derived.state()})


def resumed(kept: bytes) -> tuple[Derivation, RecordCount]:
    """Return a derivation that goes on behind a part."""
    held = orjson.loads(kept)
    return Derivation.resumed(held), RecordCount(*held["read"])


def packed(tables: Mapping[str, Any], before: Part | None = None) -> tuple[bytes, bytes]:
    """Return the tables of exchanges and events as Parquet, behind those of a part that they replace."""
    return _packed("exchange", tables, before), _packed("event", tables, before)


def _packed(name: str, tables: Mapping[str, Any], before: Part | None) -> bytes:
    arrow, out = columnar.arrow(), io.BytesIO()
    joined = tables[name] if before is None else arrow.concat_tables([opened(before, name), tables[name]])
    arrow.parquet.write_table(joined, out, compression="zstd")
    return out.getvalue()


def opened(part: Part, name: str) -> Any:
    """Return a table of a part."""
    return columnar.arrow().parquet.read_table(io.BytesIO(getattr(part, name)))


def rows(part: Part) -> int:
    """Return how many exchanges a part has."""
    return int(columnar.arrow().parquet.read_metadata(io.BytesIO(part.exchange)).num_rows)
