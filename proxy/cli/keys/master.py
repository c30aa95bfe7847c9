"""``compliance-proxy keys master``, ``rotate-master``, ``reseal``, ``retire-master``: one master key for another."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proxy.cli.installation import Installation
    from proxy.keys.generations import Generation

#: What records, hashes and entries say that were made before master keys had ids: made with the first one.
_UNNAMED = ("", "k1")


@dataclass(frozen=True, slots=True)
class Need:
    """What was made with one master key and still asks for it."""

    api_keys: int = 0
    originals: int = 0
    last_original: str = ""
    list_entries: int = 0

    def told(self) -> str:
        """Return it in words, "" where nothing needs the key any more."""
        until = f" until {self.last_original}" if self.last_original else ""
        parts = (
            (self.api_keys, "API keys that were not used since"), (self.originals, f"originals{until} (keys reseal)"),
            (self.list_entries, "digests in lists.yaml"),
        )  # fmt: skip
        return ", ".join(f"{number} {what}" for number, what in parts if number)


def status() -> None:
    """Say which master keys this installation knows, and what still needs each."""
    from rich.table import Table

    from proxy.cli.audit.tables import show
    from proxy.cli.installation import installation, run

    here = installation()
    held, needs = run(_looked(here))
    table = Table(box=None, header_style="bold")
    for name in ("id", "state", "since", "given here", "still needed by"):
        table.add_column(name, overflow="fold")
    given = {one.key_id for one in here.keyring.every}
    for one in held:
        state = "in force" if one.in_force else "for reading"
        free = f"nothing: compliance-proxy keys retire-master {one.key_id}"
        needed = "all that is new" if one.in_force else needs[one.key_id].told() or free
        table.add_row(one.key_id, state, f"{one.since:%Y-%m-%d %H:%M}", "yes" if one.key_id in given else "no", needed)
    show(table)


def rotate() -> None:
    """Put the configured master key in force; the one before it stays for reading (PROXY_OLD_SECRET_KEYS_FILE).

    Where the key lies in the state folder of 'compliance-proxy run', a new one is made there.
    """
    from proxy.cli.installation import audit_log, installation, operator, run
    from proxy.keys import generations

    async def work() -> tuple[str, str]:
        here = await _with_new_key(installation())
        before = await generations.rotate(here.dsn, here.keyring)
        if before:
            async with audit_log(here) as log:
                facts = {"from": before, "to": here.keyring.key_id, "by": operator()}
                await log.event_durable("master_key_rotated", facts)
        return before, here.keyring.key_id

    before, now = run(work())
    if not before:
        typer.echo(f"{now} is in force already")
        return
    typer.echo(f"{now} is in force, {before} stays for reading. Restart every proxy with both; then, now and again:")
    typer.echo("  compliance-proxy keys master")


def reseal() -> None:
    """Seal what old master keys sealed in the vault anew with the one in force, so that they can be retired."""
    from proxy.cli.installation import audit_log, installation, operator, run, started
    from proxy.settings import Settings
    from proxy.vault import resealing
    from proxy.vault.postgres import PostgresVault

    async def work() -> tuple[int, int]:
        here = installation()
        async with (
            audit_log(here) as log,
            started(PostgresVault(here.dsn, here.keyring, Settings().vault_ttl_s, here.clock)) as vault,
        ):
            moved, left = await resealing.reseal(vault)
            facts = {"to": here.keyring.key_id, "moved": moved, "left": left, "by": operator()}
            await log.event_durable("vault_resealed", facts)
        return moved, left

    moved, left = run(work())
    typer.echo(f"{moved} originals are sealed anew")
    if left:
        typer.echo(f"{left} were stored by an earlier release, or altered: they stay until they expire")


def retire(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="The id of a master key that is for reading.")],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also while something needs it: that can never be read again.")
    ] = False,
) -> None:
    """End the use of an old master key: no start asks for it any more.

    People in its records are still found, and its checkpoints verified, by what is kept of it under the one in force.
    """
    from proxy.cli.installation import audit_log, installation, operator, run
    from proxy.errors import ConfigurationError
    from proxy.keys import generations, kept_keys

    async def work() -> str:
        here = installation()
        _held, needs = await _looked(here)
        need = needs.get(key_id, Need()).told()
        if need and not anyway:
            raise ConfigurationError(f"{key_id} is still needed by {need}; --anyway gives that up")
        old = here.keyring.of(key_id)
        if old.key_id == key_id != here.keyring.key_id:
            await kept_keys.keep(here.dsn, here.keyring, old)
        elif not anyway:
            raise ConfigurationError(f"{key_id} must be given once more (PROXY_OLD_SECRET_KEYS_FILE), or --anyway")
        if not await generations.retire(here.dsn, here.keyring, key_id):
            raise ConfigurationError(f"no master key for reading has the id {key_id}; compliance-proxy keys master")
        async with audit_log(here) as log:
            await log.event_durable("master_key_retired", {"key_id": key_id, "lost": need, "by": operator()})
        return need

    lost = run(work())
    typer.echo(f"retired {key_id}" + (f"; given up: {lost}" if lost else ""))


async def _with_new_key(here: Installation) -> Installation:
    """Make a new key in the state folder where the key in force lies there; leave a configured one alone."""
    from dataclasses import replace

    from proxy.embedded import state
    from proxy.keys import generations, master_key
    from proxy.runtime import private
    from proxy.settings import Settings

    settings = Settings()
    in_force = [one for one in await generations.known(here.dsn) if one.in_force]
    if master_key.is_configured(settings) or not in_force or not in_force[0].is_of(here.keyring):
        return here
    path = state.secret_path(settings.state_dir)
    fresh = base64.b64encode(secrets.token_bytes(32)).decode()
    text = f"{fresh}\n{path.read_text(encoding='ascii').strip()}\n"
    private.folder(settings.state_dir)
    private.write(path, text.encode())
    return replace(here, keyring=master_key.decoded(text.strip(), str(path)))


async def _looked(here: Installation) -> tuple[Sequence[Generation], Mapping[str, Need]]:
    """Return the live generations, oldest first, and what needs each."""
    from proxy.keys import generations

    held = await generations.known(here.dsn)
    api_keys, originals = await _stored(here)
    digests = _listed()
    first = held[0].key_id if held else ""
    needs = {}
    for one in held:
        names = (one.key_id, *(_UNNAMED if one.key_id == first else ()))
        ends = [originals[name][1] for name in names if name in originals]
        needs[one.key_id] = Need(
            api_keys=sum(api_keys[name][0] for name in names if name in api_keys),
            originals=sum(originals[name][0] for name in names if name in originals),
            last_original=f"{max(ends):%Y-%m-%d}" if ends else "",
            list_entries=sum(digests.get(name, 0) for name in names),
        )
    return held, needs


async def _stored(here: Installation) -> tuple[Mapping[str, tuple[int, Any]], Mapping[str, tuple[int, Any]]]:
    from proxy.cli.installation import started
    from proxy.identity.store import ApiKeyStore
    from proxy.settings import Settings
    from proxy.vault.postgres import PostgresVault

    async with (
        started(ApiKeyStore(here.dsn, here.keyring, here.clock)) as store,
        started(PostgresVault(here.dsn, here.keyring, Settings().vault_ttl_s, here.clock)) as vault,
    ):
        return await store.hashed_with(), await vault.sealed_with()


def _listed() -> Mapping[str, int]:
    """Return per key id how many digests the tenants' lists hold."""
    from collections import Counter

    from proxy.catalog import lists
    from proxy.catalog.load import legal_data
    from proxy.runtime.resources import shipped
    from proxy.service import tenant_lists
    from proxy.settings import Settings

    held = lists.read(tenant_lists.path(Settings()), legal_data(shipped("policies"))["entity_map"])
    return Counter(one.key for one in held if one.digest)
