"""Parts: what the leaves [first, end) of the log make, kept so that no question derives it again.

A part holds the rows of exchanges and events as Parquet, and the state in which a derivation goes on behind it: what
has not ended, and the answers that later records may name. The audit signing key signs it with the roots that the log
has where it begins and ends. Whoever reads takes parts that the key in force signed and that follow each other in this
very log; what lies between them is derived. So one that is changed or missing costs time and changes nothing.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import io
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from proxy.audit.records.derivation import EVENT, EXCHANGE, Derivation
from proxy.audit.sealing.keys import VerifierKey
from proxy.audit.verification import columnar
from proxy.runtime import private

_KIND = "compliance-proxy/evidence-part/v2"
#: Rows that were derived in another form are derived again.
FORM = hashlib.sha256(orjson.dumps([_KIND, EXCHANGE, EVENT])).hexdigest()
COLUMNS: Mapping[str, Mapping[str, str]] = {"exchange": EXCHANGE, "event": EVENT}
_READINGS = 100  # after so many that used a file no more, nobody has it open
_ROWS = 8_192  # in a group of a file, and so in memory


class PartContents(NamedTuple):
    """What a part holds: ``exchange`` and ``event`` are Parquet, ``state`` is JSON, deflated."""

    exchange: bytes
    event: bytes
    state: bytes

    @property
    def digests(self) -> list[str]:
        """SHA-256 of each in hex."""
        return [hashlib.sha256(part).hexdigest() for part in self]


class RecordCount(NamedTuple):
    """How much was read: records, and those of which the hash alone was; and of which time.

    ``first_at`` and ``last_at`` are those of the seals that a note covers, microseconds since 1970; 0 for none.
    """

    records: int = 0
    hidden: int = 0
    first_at: int = 0
    last_at: int = 0

    def with_others(self, others: Iterable[RecordCount]) -> RecordCount:
        """Return all together."""
        every = [self, *others]
        first = min((count.first_at for count in every if count.first_at), default=0)
        records, hidden = (sum(count[column] for count in every) for column in range(2))
        return RecordCount(records, hidden, first, max(count.last_at for count in every))


class Part(NamedTuple):
    """What is signed of a part. ``start`` and ``root`` are the log's roots at ``first`` and ``end``.

    It has ``rows`` of exchanges, made of ``records``; of ``hidden`` ones the hash alone was read, and ``left_out`` ones
    could not be read. They were sealed from ``first_at`` to ``last_at``, microseconds since 1970 (0 for none).
    ``digests`` are those of its contents.
    """

    first: int
    end: int
    start: bytes
    root: bytes
    rows: int
    records: int
    hidden: int
    left_out: int
    first_at: int
    last_at: int
    digests: Sequence[str]
    signature: str = ""

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> Part:
        """Return the part of a row of ``audit.part``."""
        return cls(*row)

    def text(self, origin: str) -> str:
        """Return what is signed."""
        numbers = (self.first, self.end, self.rows, *self.read, self.left_out)
        roots = (self.start.hex(), self.root.hex())
        return "\n".join((_KIND, origin, FORM, " ".join(map(str, numbers)), *roots, *self.digests, ""))

    @property
    def read(self) -> RecordCount:
        """How much was read."""
        return RecordCount(self.records, self.hidden, self.first_at, self.last_at)

    def is_by(self, key: VerifierKey) -> bool:
        """Whether a key signed it."""
        return _is_signed(str(key), self.signature, self.text(key.origin))

    def overlaps(self, first: int, end: int) -> bool:
        """Whether it holds one of the leaves [first, end)."""
        return self.first < end and self.end > first

    def follows(self, before: Part) -> bool:
        """Whether it goes on where another ends."""
        return (self.first, self.start) == (before.end, before.root)


@functools.lru_cache(maxsize=4096)
def _is_signed(key: str, signature: str, text: str) -> bool:
    return VerifierKey.parse(key).signed(signature, text)


def runs(parts: Iterable[Part], key: VerifierKey) -> list[list[Part]]:
    """Return the parts that a key signed, in stretches that follow each other; ``parts`` come in their order."""
    grouped: list[list[Part]] = []
    for part in parts:
        before = grouped[-1][-1] if grouped else None
        if not part.is_by(key) or (before is not None and part.first < before.end):
            continue
        if before is not None and part.follows(before):
            grouped[-1].append(part)
        elif before is None or part.first > before.end:
            grouped.append([part])
    return grouped


class PartFiles:
    """PartContents of parts as files of this process alone, by their digests. Blocks: use it in a thread."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="compliance-proxy-parts-", ignore_cleanup_errors=True)
        self._used: dict[str, int] = {}  # by digest: the reading that used it last
        self._reading = 0

    def close(self) -> None:
        """Delete them all."""
        self._folder.cleanup()

    def path(self, digest: str) -> Path:
        """Return where the contents of this digest lie."""
        return Path(self._folder.name, digest)

    def missing(self, parts: Iterable[Part]) -> list[Part]:
        """Begin a reading of these parts; return those of which something is not here."""
        self._reading += 1
        wanted = list(parts)
        self._used |= {digest: self._reading for part in wanted for digest in part.digests if digest in self._used}
        for digest in [anchor for anchor, reading in self._used.items() if reading < self._reading - _READINGS]:
            for file in self.path(digest).parent.glob(f"{digest}*"):  # and what was made of it
                file.unlink(missing_ok=True)
            del self._used[digest]
        return [part for part in wanted if not self._used.keys() >= {*part.digests}]

    def load(self, part: Part, contents: PartContents) -> bool:
        """Keep the contents of a part; return whether they are those that were signed."""
        if contents.digests != list(part.digests):
            return False
        for digest, content in zip(part.digests, contents, strict=True):
            private.write(self.path(digest), content)
            self._used[digest] = self._reading
        return True

    def keep(self, part: Part, state: bytes) -> None:
        """Keep the state of a part whose rows lie here already, by their digests."""
        private.write(self.path(part.digests[2]), state)
        self._used |= dict.fromkeys(part.digests, self._reading)

    def state(self, part: Part) -> Derivation:
        """Return a derivation that goes on behind a part."""
        return resumed(self.path(part.digests[2]))

    def tables(self, parts: Iterable[Part]) -> dict[str, list[Path]]:
        """Return the files of parts, by relation."""
        kept = list(parts)
        return {name: [self.path(part.digests[column]) for part in kept] for column, name in enumerate(COLUMNS)}


@functools.cache
def files() -> PartFiles:
    """Return those of this process."""
    part_files = PartFiles()
    atexit.register(part_files.close)
    return part_files


def resumed(state: Path) -> Derivation:
    """Return a derivation that goes on from the state of a part, which a file holds."""
    return Derivation.resumed(orjson.loads(zlib.decompress(state.read_bytes())))


def packed(name: str, rows: Sequence[Any], before: Path | None = None) -> bytes:
    """Return rows of a relation as Parquet, behind those of a file that they replace."""
    arrow, out = columnar.arrow(), io.BytesIO()
    schema = columnar.schema(COLUMNS[name])
    with arrow.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(before):
            writer.write_table(arrow.Table.from_batches([group], schema))
        writer.write_table(columnar.table(COLUMNS[name], rows), row_group_size=_ROWS)
    return out.getvalue()


def _groups(before: Path | None) -> Iterable[Any]:
    if before is None:
        return ()
    batches: Iterable[Any] = columnar.arrow().parquet.ParquetFile(before).iter_batches(_ROWS)
    return batches
