"""SC-05, SC-06, SC-07: the database's owner changes the evidence; ``python -m bench.tamper`` tries many more ways."""

from __future__ import annotations

from collections.abc import Mapping

from bench.hostile import evidence
from bench.hostile.evidence import Attack
from bench.hostile.rows import Found, judged
from bench.hostile.stand import Stand
from bench.system_checks.checks import check
from proxy.embedded import state

_SOUND = 0
_BUSIEST = "(SELECT writer FROM audit.record WHERE kind = 'attempt' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)"
_MIDDLE = (
    "(writer, seq) IN (SELECT writer, percentile_disc(0.5) WITHIN GROUP (ORDER BY seq) FROM audit.record "
    f"WHERE writer = {_BUSIEST} AND kind = 'attempt' GROUP BY 1)"
)
#: column -> what it is set to
_ALTERED = {"tenant": "'x'", "attempt": "attempt + 7", "recorded_at": "recorded_at - interval '1 minute'",
            "body": "(body::text || ' ')::json", "packed": "overlay(packed PLACING '\\x00' FROM 20)"}  # fmt: skip
_LAST = f"writer = {_BUSIEST} AND seq = (SELECT max(seq) FROM audit.record WHERE writer = {_BUSIEST})"
_SWAP = f"""
DO $$ DECLARE of text := {_BUSIEST}; place bigint := (SELECT max(seq) / 2 FROM audit.record WHERE writer = {_BUSIEST}); BEGIN
    UPDATE audit.record SET seq = 1000000000 WHERE writer = of AND seq = place;
    UPDATE audit.record SET seq = place WHERE writer = of AND seq = place + 1;
    UPDATE audit.record SET seq = place + 1 WHERE writer = of AND seq = 1000000000;
END $$
"""


async def _verified(stand: Stand, attacks: Mapping[str, tuple[Attack, str]]) -> Found:
    """Try each on a copy of the evidence; verification must say that it is damaged, in a line with its word."""
    running = state.running(stand.state_dir)
    if running is None:
        return Found(False, "the stack does not run")
    await stand.ask("sales", "Name a bridge.")
    await stand.command("audit", "checkpoint")
    await evidence.kept(running.database_url)
    usual, said = await evidence.ended(stand, running.database_url, None, "")
    faults = [] if usual == _SOUND else [f"untouched evidence is not sound but {usual}: {said[-200:]}"]
    named = []
    for name, (attack, wanted) in attacks.items():
        status, said = await evidence.ended(stand, running.database_url, attack, "")
        first = next((line.strip() for line in said.splitlines() if wanted in line), "")
        named.append(f"{name}: {' '.join(first.split())[:90]}")
        faults += [f"{name}: not noticed ({status})"] if status != evidence.DAMAGED else []
        faults += [f"{name}: noticed, but not said that {wanted}"] if status == evidence.DAMAGED and not first else []
    return judged(faults, "; ".join(named))


@check(
    "SC-05",
    f"on copies of the evidence, {', '.join(_ALTERED)} of one record is updated as superuser with triggers off",
)
async def altered(stand: Stand) -> Found:
    """One column each."""
    attacks = {column: (evidence.statement(f"UPDATE audit.record SET {column} = {value} WHERE {_MIDDLE}"), "#")
               for column, value in _ALTERED.items()}  # fmt: skip
    return await _verified(stand, attacks)


@check(
    "SC-06",
    "on copies, a record in the middle, the last one, and the newest twenty of every chain are deleted",
)
async def deleted(stand: Stand) -> Found:
    """The last is noticed by its seal and by the note."""
    return await _verified(stand, {
        "middle": (evidence.statement(f"DELETE FROM audit.record WHERE {_MIDDLE}"), "#"),
        "last": (evidence.statement(f"DELETE FROM audit.record WHERE {_LAST}"), ""),
        "newest": (evidence.statement(evidence.TAIL), ""),
    })  # fmt: skip


@check("SC-07", "on copies, an exchange that never happened is inserted with correct hashes, a whole chain is rewritten and recomputed, two "
       "records change places")  # fmt: skip
async def inserted(stand: Stand) -> Found:
    """Only signatures show the first two."""
    return await _verified(stand, {
        "forged": (evidence.forge, ""), "rewritten": (evidence.rewrite, ""), "reordered": (evidence.statement(_SWAP), ""),
    })  # fmt: skip
