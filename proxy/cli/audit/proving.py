"""``compliance-proxy audit prove`` and ``check``: the evidence of one exchange, for others to verify offline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proxy.cli.audit.asking import Purpose
from proxy.cli.output import fail

if TYPE_CHECKING:
    from proxy.audit.sealing.keys import VerifierKey

_LONGEST = 64 * 1024 * 1024
Key = Annotated[
    str | None,
    typer.Option(metavar="FILE|KEY", help="The installation's public key, as printed by 'audit key export'."),
]


def prove(
    exchange: str,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it here (default: standard output).")] = None,
    key: Key = None,
    purpose: Purpose = "",
) -> None:
    """Write the proof of one exchange: its records, their inclusion paths to a signed note of the log, and the note.

    The recipient verifies it offline with the public key: 'audit check FILE --key KEY'.
    """
    from proxy.cli.installation import run

    proof = run(_prove(exchange, key, purpose, out))
    if proof is None:
        raise fail(f"no exchange {exchange} is recorded")
    if out is None:
        typer.echo(proof, nl=False)


def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A proof, an answer, or a file that shows an answer.")
    ],
    key: Key = None,
    witness: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A witness's key: it must have cosigned the note.")
    ] = None,
    tsa: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, help="Root certificates (PEM): their authority must have stamped it."
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--recompute", help="Ask the log again, as it was then, and compare the rows of an answer.")
    ] = False,
    subject: Annotated[
        str | None, typer.Option(help="With --recompute: the data subject that the answer is about.")
    ] = None,
) -> None:
    """Verify offline, with the public key alone, what 'audit prove' or 'audit ask' wrote. Exit with 1 if it fails.

    With --recompute the log, too, is asked again as it was then; that needs the database.
    """
    from proxy.cli.audit.ask import check_answer, recompute
    from proxy.cli.installation import run

    trusted, document = run(_read(file, key))
    if document is None:
        statement = check_answer(file, trusted)
        if again:
            recompute(statement, trusted, subject)
        return
    try:
        for line in (*_lines(document, trusted), *_confirmed(document, witness or [], tsa)):
            typer.echo(line)
    except ValueError as error:
        raise fail(f"NOT PROVEN: {error}") from error


def _lines(document: Mapping[str, Any], trusted: VerifierKey) -> Iterator[str]:
    """Yield what the proof of an exchange proves."""
    from proxy.audit.verification import proof, proof_check

    proven = proof_check.check(proof.read(document), trusted)
    for fact in proven.facts:
        words = (str(fact.columns.get(name) or "") for name in ("kind", "action", "target", "status"))
        yield f"{fact.at:%F %T.%f} {' '.join(filter(None, words))}  ({fact.writer} #{fact.seq})"
        for name in ("decision", "outcome"):
            if isinstance(said := fact.columns.get(name), dict):
                yield f"  {name}: {', '.join(f'{key} {value}' for key, value in said.items())}"
    tenant = proven.facts[0].columns.get("tenant")
    yield f"proven: exchange {proven.exchange} of {tenant}, {len(proven.facts)} records, sealed by certified writers"
    yield f"in the log {trusted.origin} of {proven.note.size} seals, signed by the key {proven.key.id.hex()}"


def _confirmed(document: Mapping[str, Any], witnesses: list[str], roots: Path | None) -> Iterator[str]:
    """Yield what others say of the note; raise ``ValueError`` where one that is asked for says nothing."""
    from datetime import UTC, datetime

    from proxy.audit.sealing.cosignature import WitnessKey
    from proxy.audit.upkeep.anchors import tsa
    from proxy.audit.verification import proof

    document_read = proof.read(document)
    for key in map(WitnessKey.parse, witnesses):
        seen = key.seen_at(document_read.note)
        if seen is None:
            raise ValueError(f"the witness {key.name} has not cosigned the note")
        yield f"cosigned by {key.name} at {datetime.fromtimestamp(seen, UTC):%F %T} UTC"
    if roots is not None and not document_read.timestamps:
        raise ValueError("the note has no time-stamp")
    for stamp in document_read.timestamps if roots is not None else ():
        time = tsa.time_of(
            stamp.token, tsa.stamped(document_read.note), roots.read_bytes() if roots is not None else b""
        )
        yield f"existed at {time}, says {stamp.authority}"


async def _prove(exchange: str, key: str | None, purpose: str, out: Path | None) -> bytes | None:
    """Return the proof, also written to ``out``, once the reading is recorded."""
    from proxy.audit.access import proving
    from proxy.audit.upkeep import readings
    from proxy.audit.upkeep.readings import Asker
    from proxy.audit.verification import proof
    from proxy.cli.installation import database_url, operator, reading
    from proxy.errors import ConfigurationError

    async with reading(database_url()) as connection:
        try:
            proofs = await proving.prove(connection, exchange, trusted_key(key))
        except proof.ProofError as error:
            raise ConfigurationError(f"the exchange cannot be proven: {error}") from error
        parameters = {"exchange": exchange if proofs is not None else "unknown"}
        rows = len(proofs.records) if proofs is not None else 0
        await readings.announce(connection, Asker(operator(), purpose), "audit prove", parameters, rows)
    if proofs is None:
        return None
    document = proof.written(proofs)
    if out is not None:
        _write(out, document)
    return document


async def _read(file: Path, key: str | None) -> tuple[VerifierKey, Mapping[str, Any] | None]:
    return trusted_key(key), _proof(file)


def _proof(file: Path) -> Mapping[str, Any] | None:
    """Return the proof in a file, None if it is something else."""
    import orjson

    from proxy.audit.verification import proof
    from proxy.errors import ConfigurationError

    try:
        document = orjson.loads(file.read_bytes()) if file.stat().st_size <= _LONGEST else None
    except orjson.JSONDecodeError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read ({type(error).__name__})") from error
    return document if isinstance(document, dict) and document.get("kind") == proof.KIND else None


def _write(out: Path, proof: bytes) -> None:
    from proxy.errors import ConfigurationError

    try:
        out.write_bytes(proof)
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written ({type(error).__name__})") from error


def trusted_key(key: str | None) -> VerifierKey:
    """Return the key that an option names, else the installation's own.

    Raises:
        ConfigurationError: there is none.

    """
    from proxy.audit.sealing import signing_key
    from proxy.settings import Settings

    settings = Settings()
    return signing_key.verifier_key(key, settings.audit_origin) if key else signing_key.signing_key(settings).verifier
