"""``compliance-proxy audit prove`` and ``check``: the evidence of one exchange, for others to verify offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.audit.asking import Archives, Exchange, Purpose
from proxy.cli.installation import fail

if TYPE_CHECKING:
    from proxy.audit.sealing.keys import VerifierKey
    from proxy.reports.checking import CheckedFile

Key = Annotated[
    str | None,
    typer.Option(metavar="FILE|KEY", help="The installation's public key, as printed by 'audit key export'."),
]


def prove(
    exchange: Exchange,
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
    archive: Archives = None,
) -> None:
    """Verify offline, with the public key alone, what 'audit prove' or 'audit ask' wrote. Exit with 1 if it fails.

    With --recompute the log, too, is asked again as it was then; that needs the database.
    """
    from proxy.cli.audit.ask import recompute
    from proxy.cli.installation import run
    from proxy.reports.checking import CheckFailedError

    trusted = run(_trusted(key))
    try:
        checked = run(_checked(file, trusted, witness or [], tsa))
    except CheckFailedError as error:
        raise fail(str(error)) from error
    for line in checked.lines:
        typer.secho(line.text, fg=line.colour, err=line.colour is not None)
    if again and checked.statement is not None:
        recompute(checked.statement, trusted, subject, archive or ())


async def _trusted(key: str | None) -> VerifierKey:
    return trusted_key(key)


async def _checked(file: Path, key: VerifierKey, witnesses: list[str], roots: Path | None) -> CheckedFile:
    from proxy.reports import checking

    return checking.check(file, key, witnesses, roots)


async def _prove(exchange: str, key: str | None, purpose: str, out: Path | None) -> bytes | None:
    """Return the proof, also written to ``out``, once the reading is recorded."""
    from proxy.audit.access import proving
    from proxy.audit.upkeep import readings
    from proxy.audit.upkeep.readings import Requester
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
        await readings.announce(connection, Requester(operator(), purpose), "audit prove", parameters, rows)
    if proofs is None:
        return None
    document = proof.written(proofs)
    if out is not None:
        _write(out, document)
    return document


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
    from proxy.audit.sealing import signing_key, trusted
    from proxy.settings import Settings

    settings = Settings()
    return trusted.verifier_key(key, settings.audit_origin) if key else signing_key.signing_key(settings).verifier
