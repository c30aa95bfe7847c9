"""``compliance-proxy audit archive``: a month of the log as Parquet, for as long as anybody wants to keep it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.audit.asking import Purpose

if TYPE_CHECKING:
    from proxy.audit.verification.export import Manifest


def archive(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="A month (UTC) that is over.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A folder that is empty or new.")],
    tenant: Annotated[
        list[str] | None,
        typer.Option(help="Only this tenant's records; of others the hash. Repeat for more. (default: all)"),
    ] = None,
    purpose: Purpose = "",
) -> None:
    """Write a month of records and typed evidence as Parquet, with everything to verify it without the database.

    'audit verify --offline DIR --key KEY' verifies it; DuckDB, and whatever else reads Parquet, reads the files. The
    manifest is signed, and recorded in the log.
    """
    from proxy.cli.installation import run

    archived = run(_archived(month, out, tuple(tenant or ()), purpose))
    typer.echo(
        f"{archived.month}: {archived.records} records under the seals {archived.start} to {archived.end - 1} "
        f"of the log in {out}"
    )
    typer.echo("\n".join(f"  {name}: {number} rows" for name, number in archived.rows.items()))


async def _archived(name: str, out: Path, tenants: tuple[str, ...], purpose: str) -> Manifest:
    from proxy.audit.access import archiving
    from proxy.audit.upkeep import readings
    from proxy.audit.upkeep.log_tree import LogGapError
    from proxy.audit.upkeep.readings import Requester
    from proxy.audit.verification.export import ExportError
    from proxy.audit.verification.proof import ProofError
    from proxy.cli.installation import audit_log, installation, operator, reading
    from proxy.errors import ConfigurationError

    try:
        month = archiving.Month.parse(name)
    except ValueError as error:
        raise ConfigurationError(f"{name} is not a month such as 2026-05") from error
    here = installation()
    now = datetime.fromtimestamp(here.clock.now(), UTC)
    async with reading(here.dsn) as connection:
        try:
            chosen = await archiving.stretch(connection, month, now)
            asked = {"month": month.name, "tenants": list(tenants) or None}
            await readings.announce(connection, Requester(operator(), purpose), "audit archive", asked, chosen.records)
            archived = await archiving.write(connection, out, month, chosen, here.signing, tenants)
            async with audit_log(here) as log:
                await log.event_durable(
                    archiving.EVENT, archiving.facts(archived) | {"by": operator(), "purpose": purpose}
                )
            archiving.complete(out, archived)
        except (ExportError, ProofError, LogGapError) as error:
            raise ConfigurationError(f"this is not a whole archive: {error}") from error
        except OSError as error:
            raise ConfigurationError(f"{out} cannot be written ({type(error).__name__})") from error
    return archived
