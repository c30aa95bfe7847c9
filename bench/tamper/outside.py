"""Attacks on what left the installation: proofs, notes that somebody kept, and witnesses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.tamper.attacks import ATTACKS
from bench.tamper.ground import FREE, Ground
from proxy.audit.access.proving import prove
from proxy.audit.sealing import notes, witnessing
from proxy.audit.sealing.cosignature import Cosigner
from proxy.audit.upkeep.witness_server import WitnessServer
from proxy.audit.verification import proof, proof_check
from proxy.audit.verification.proof import ProofError
from proxy.runtime import database
from proxy.runtime.clock import SystemClock
from testing import proofs

Attempt = Callable[[Ground], Awaitable[str]]
_REWRITTEN = "everything made anew under the product's key"
_OK = 200
_COSIGNER = Cosigner("witness.example", Ed25519PrivateKey.generate())
#: Remove what the newest note covers and no earlier one does, and that note.
_PUT_BACK = """
DELETE FROM audit.record r USING audit.seal s JOIN audit.leaf l USING (writer, last_seq)
WHERE r.writer = s.writer AND r.seq >= s.first_seq AND l.noted = (SELECT max(size) FROM audit.note);
DELETE FROM audit.record r WHERE NOT EXISTS (
    SELECT FROM audit.seal s WHERE s.writer = r.writer AND s.first_seq <= r.seq AND s.last_seq >= r.seq);
DELETE FROM audit.seal s WHERE NOT EXISTS (SELECT FROM audit.record r WHERE r.writer = s.writer AND r.seq = s.last_seq);
DELETE FROM audit.leaf WHERE noted = (SELECT max(size) FROM audit.note);
DELETE FROM audit.note WHERE size = (SELECT max(size) FROM audit.note);
DELETE FROM audit.tile WHERE (number + 1) * 256 ^ (level + 1) > (SELECT count(*) FROM audit.leaf);
"""


def _forged(name: str) -> Attempt:
    """A proof that somebody changed; ``name`` is one of ``testing.proofs.FORGERIES``."""

    async def attempt(_: Ground) -> str:
        document = orjson.loads(proof.written(proofs.some().proof("x3")))
        proofs.FORGERIES[name](document)
        try:
            proof_check.check(proof.read(document), proofs.KEY.verifier)
        except ProofError as error:
            return str(error)
        return ""

    return attempt


async def _of_a_rewritten_log(ground: Ground) -> str:
    """A proof from a log that was rewritten with the product's key: it holds, and a witness's key shows it."""
    name = await ground.copy()
    try:
        await _attack(ground, name)
        connection = await database.connect(ground.server.dsn_of(name), database.READER)
        try:
            made = await prove(connection, "x3", ground.signing.verifier)
        finally:
            await connection.close()
    finally:
        await ground.drop(name, "")
    text = made.note if made is not None else ""
    return "" if _COSIGNER.key.seen_at(text) is not None else f"{_COSIGNER.name} has not cosigned it"


async def _stale(ground: Ground) -> str:
    """The database put back to an older state, with its notes, under an auditor who kept the newest."""
    name = await ground.copy()
    dsn = ground.server.dsn_of(name)
    try:
        connection = await asyncpg.connect(dsn)
        kept = await connection.fetchval("SELECT note FROM audit.note ORDER BY size DESC LIMIT 1")
        try:
            await connection.execute(f"{FREE}; {_PUT_BACK}")
        finally:
            await connection.close()
        if not (await ground.verify(dsn, ())).sound:
            return ""  # no attack worth the name: it shows without a note
        report = await ground.verify(dsn, [notes.anchor_line(kept)])
    finally:
        await ground.drop(name, "")
    return next((one.detail for one in report.damages if one.what == "checkpoint"), "")


async def _split(ground: Ground) -> str:
    """Another log shown to a witness that has seen the real one."""
    with TemporaryDirectory() as folder:
        server = _witness(ground, Path(folder))
        real = await _last_note(ground, ground.name)
        if server.answer(witnessing.request(0, (), real)).status != _OK:
            return ""
        name = await ground.copy()
        try:
            await _attack(ground, name)
            forged = await _last_note(ground, name)
        finally:
            await ground.drop(name, "")
        size = int(real.splitlines()[1])
        reply = server.answer(witnessing.request(size, (), forged))
    return f"{reply.status} {reply.text.strip()}" if reply.status != _OK else ""


def _witness(ground: Ground, folder: Path) -> WitnessServer:
    return WitnessServer(folder, [ground.signing.verifier], _COSIGNER, SystemClock())


async def _last_note(ground: Ground, name: str) -> str:
    connection = await asyncpg.connect(ground.server.dsn_of(name))
    try:
        return await connection.fetchval("SELECT note FROM audit.note ORDER BY size DESC LIMIT 1")
    finally:
        await connection.close()


async def _attack(ground: Ground, name: str) -> None:
    """Rewrite everything with the product's key."""
    rewritten = next(one for one in ATTACKS if one.name == _REWRITTEN)
    connection = await asyncpg.connect(ground.server.dsn_of(name))
    try:
        await connection.execute(FREE)
        await rewritten.run(connection, ground)
    finally:
        await connection.close()


#: What somebody tries -> what was said against it, "" where nothing was.
ATTEMPTS: Mapping[str, Attempt] = {
    **{f"proof with {name}": _forged(name) for name in proofs.FORGERIES},
    "proof from a log rewritten with the product's key": _of_a_rewritten_log,
    "database put back under an auditor who kept a note": _stale,
    "another log shown to the witness": _split,
}
