"""Makes checkpoints, anchors them outside the database, and checks a log against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from proxy.audit import notes
from proxy.audit.chain import Head
from proxy.audit.session import STATEMENTS
from proxy.errors import ProxyError


class LogCutError(ProxyError):
    """The log holds less than an earlier checkpoint says; no checkpoint is made over that."""

    code = "audit_log_cut"


@dataclass(slots=True)
class Promises:
    """What all checkpoints together say: the latest head of each chain, and every head ever stated."""

    heads: dict[str, Head] = field(default_factory=dict)
    stated: dict[tuple[str, int], bytes] = field(default_factory=dict)
    last_note: str = ""
    epoch: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, epoch: int, note: str, *keys: Ed25519PublicKey) -> None:
        """Take in the next note."""
        said = notes.opened(note, *keys)
        if said is None:
            self.problems.append(f"checkpoint {epoch} is not signed by this installation's key")
        else:
            self.heads.update(said.moved)
            self.stated.update({(writer, head.seq): head.hash for writer, head in said.moved.items()})
            if said.epoch != epoch or epoch != self.epoch + 1:
                self.problems.append(f"checkpoints between {self.epoch} and {epoch} are missing")
            if said.previous != notes.note_hash(self.last_note):
                self.problems.append(f"checkpoint {epoch} does not follow from the one before it")
            if said.root != notes.heads_root(self.heads):
                self.problems.append(f"the root of checkpoint {epoch} is not that of its chains")
        self.epoch, self.last_note = epoch, note

    def broken_by(
        self, heads: Mapping[str, Head], hashes: Mapping[tuple[str, int], bytes]
    ) -> list[tuple[str, int, str]]:
        """Return (writer, seq, what) for each promise that the log does not keep."""
        found = []
        for (writer, seq), promised in self.stated.items():
            held = heads.get(writer)
            if held is None:
                found.append((writer, 0, "the whole chain was removed"))
            elif held.seq < seq:
                found.append((writer, held.seq + 1, f"records up to {seq} were removed"))
            elif hashes.get((writer, seq)) != promised:
                found.append((writer, seq, "the record is not the one that was signed"))
        return sorted(set(found))


async def promises(
    connection: asyncpg.Connection, keys: Sequence[Ed25519PublicKey], anchor: Sequence[str] = ()
) -> Promises:
    """Read all checkpoints, on a connection that acts as the reader; compare them with the lines of an anchor."""
    made = Promises()
    hashes = {}
    for row in await connection.fetch(STATEMENTS["checkpoints"]):
        made.add(row["epoch"], row["note"], *keys)
        hashes[row["epoch"]] = notes.note_hash(row["note"]).hex()
    for line in anchor:
        epoch, _, digest = line.partition(" ")
        if not epoch.isdigit() or hashes.get(int(epoch)) != digest.strip():
            made.problems.append(f"checkpoint {epoch[:20]} is not the one that was anchored")
    return made


async def make(
    reader: asyncpg.Connection,
    writer: asyncpg.Connection,
    key: Ed25519PrivateKey,
    now: float,
    former: Sequence[Ed25519PublicKey] = (),
) -> tuple[int, str]:
    """Sign how far every chain has come; return (epoch, note). ``former`` keys may have signed notes before.

    Raises:
        LogCutError: the log does not hold what an earlier checkpoint says, or the checkpoints themselves are damaged.

    """
    async with reader.transaction(isolation="repeatable_read", readonly=True):
        before = await promises(reader, (key.public_key(), *former))
        heads = {row["writer"]: Head(row["seq"], row["hash"]) for row in await reader.fetch(STATEMENTS["heads"])}
    cut = [name for name, head in before.heads.items() if name not in heads or heads[name].seq < head.seq]
    if cut or before.problems:
        raise LogCutError
    moved = {name: head for name, head in heads.items() if before.heads.get(name) != head}
    checkpoint = notes.Checkpoint(
        epoch=before.epoch + 1,
        records=sum(head.seq for head in heads.values()),
        root=notes.heads_root(heads),
        previous=notes.note_hash(before.last_note),
        moved=moved,
    )
    note = notes.sign(checkpoint, key)
    await writer.execute(STATEMENTS["add_checkpoint"], checkpoint.epoch, datetime.fromtimestamp(now, UTC), note)
    return checkpoint.epoch, note


def anchor_line(epoch: int, note: str) -> str:
    """Return what goes to a place outside the database: "<epoch> <SHA-256 of the note in hex>"."""
    return f"{epoch} {notes.note_hash(note).hex()}"


def anchored(path: Path) -> tuple[str, ...]:
    """Return the lines of an anchor file, none when there is none."""
    return tuple(path.read_text(encoding="utf-8").splitlines()) if path.exists() else ()
