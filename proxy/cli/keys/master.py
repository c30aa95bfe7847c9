"""``compliance-proxy keys master``, ``rotate-master``, ``reseal``, ``retire-master``: replacing the master key."""

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

#: The key id in records, hashes and entries from before master keys had ids: the first key made them.
_UNNAMED = ("", "k1")


@dataclass(frozen=True, slots=True)
class Need:
    """What was made with one master key and still needs it."""

    api_keys: int = 0
    originals: int = 0
    subjects: int = 0
    last_original: str = ""
    seals: int = 0
    last_seal: str = ""
    list_entries: int = 0

    def summary(self) -> str:
        """Return it in words, "" if nothing needs the key."""
        until = f" until {self.last_original}" if self.last_original else ""
        parts = (
            (self.api_keys, "API keys that were not used since"), (self.originals, f"originals{until} (keys reseal)"),
            (self.seals, f"replies with sealed content until {self.last_seal} (they expire by themselves)"),
            (self.subjects, "keys of data subjects, of registered people and proofs of authority (keys reseal)"),
            (self.list_entries, "digests in lists.yaml"),
        )  # fmt: skip
        return ", ".join(f"{number} {what}" for number, what in parts if number)


def status() -> None:
    """Show which master keys this installation has, and what still needs each."""
    from rich.table import Table

    from proxy.cli.audit.tables import show
    from proxy.cli.installation import installation, run

    here = installation()
    generations, needs = run(_needs(here))
    table = Table(box=None, header_style="bold")
    for name in ("id", "state", "since", "given here", "still needed by"):
        table.add_column(name, overflow="fold")
    configured = {ring.key_id for ring in here.keyring.every}
    for generation in generations:
        key_id, since = generation.key_id, f"{generation.since:%Y-%m-%d %H:%M}"
        state = "in force" if generation.in_force else "for reading"
        unneeded = f"nothing: compliance-proxy keys retire-master {key_id}"
        needed = "everything new" if generation.in_force else needs[key_id].summary() or unneeded
        table.add_row(key_id, state, since, "yes" if key_id in configured else "no", needed)
    show(table)


def rotate() -> None:
    """Put the configured master key in force; the previous one stays for reading (PROXY_OLD_SECRET_KEYS_FILE).

    If the key is in the state folder of 'compliance-proxy run', a new one is created there.
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
        typer.echo(f"{now} is already in force")
        return
    typer.echo(f"{now} is in force, {before} stays for reading. Restart every proxy with both. To see what needs it:")
    typer.echo("  compliance-proxy keys master")


def reseal() -> None:
    """Seal again, with the master key in force, what old ones sealed: originals in the vault, keys of data subjects.

    Then the old ones can be retired.
    """
    from proxy.cli.installation import audit_log, installation, operator, run, started
    from proxy.identity import subject_resealing
    from proxy.identity.subjects import SubjectKeys
    from proxy.keys import authority
    from proxy.settings import Settings
    from proxy.vault import upkeep
    from proxy.vault.postgres import PostgresVault

    async def work() -> tuple[int, int, int]:
        here = installation()
        async with (
            audit_log(here) as log,
            started(PostgresVault(here.dsn, here.keyring, Settings().vault_ttl_s, here.clock)) as vault,
            started(SubjectKeys(here.dsn, here.keyring, here.clock)) as store,
        ):
            moved, skipped = await upkeep.reseal(vault)
            subjects = await subject_resealing.reseal(store)
            await authority.prove_again(here.dsn, here.keyring)
            facts = {"to": here.keyring.key_id, "moved": moved, "left": skipped, "subjects": subjects, "by": operator()}
            await log.event_durable("vault_resealed", facts)
        return moved, skipped, subjects

    moved, skipped, subjects = run(work())
    typer.echo(f"{moved} originals and {subjects} keys of data subjects were sealed again")
    if skipped:
        typer.echo(f"{skipped} were stored by an earlier release or altered: they stay until they expire")


def retire(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="The id of a master key in the state 'for reading'.")],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Even if something needs it, which can then never be read again.")
    ] = False,
) -> None:
    """Retire an old master key, so that no proxy needs it to start."""
    from proxy.cli.installation import audit_log, installation, operator, run
    from proxy.errors import ConfigurationError
    from proxy.keys import generations

    async def work() -> str:
        here = installation()
        _, needs = await _needs(here)
        need = needs.get(key_id, Need()).summary()
        if need and not anyway:
            raise ConfigurationError(f"{key_id} is still needed by {need}; --anyway gives that up")
        old = here.keyring.of(key_id)
        if (old.key_id != key_id or key_id == here.keyring.key_id) and not anyway:
            raise ConfigurationError(f"{key_id} must be in PROXY_OLD_SECRET_KEYS_FILE for this, or use --anyway")
        if not await generations.retire(here.dsn, here.keyring, key_id):
            raise ConfigurationError(f"no master key for reading has the id {key_id}; see: keys master")
        async with audit_log(here) as log:
            await log.event_durable("master_key_retired", {"key_id": key_id, "lost": need, "by": operator()})
        return need

    given_up = run(work())
    typer.echo(f"retired {key_id}" + (f"; given up: {given_up}" if given_up else ""))


async def _with_new_key(here: Installation) -> Installation:
    """Create a new key in the state folder if the key in force is there; leave a configured one alone."""
    from dataclasses import replace

    from proxy.embedded import state
    from proxy.keys import generations, master_key
    from proxy.runtime import private
    from proxy.settings import Settings

    settings = Settings()
    in_force = [generation for generation in await generations.unretired(here.dsn) if generation.in_force]
    if master_key.is_configured(settings) or not in_force or not in_force[0].is_of(here.keyring):
        return here
    path = state.secret_path(settings.state_dir)
    fresh = base64.b64encode(secrets.token_bytes(32)).decode()
    text = f"{fresh}\n{path.read_text(encoding='ascii').strip()}\n"
    private.folder(settings.state_dir)
    private.write(path, text.encode())
    return replace(here, keyring=master_key.decoded(text.strip(), str(path)))


async def _needs(here: Installation) -> tuple[Sequence[Generation], Mapping[str, Need]]:
    """Return the live generations, oldest first, and what needs each."""
    from proxy.keys import generations

    live = await generations.unretired(here.dsn)
    api_keys, originals, seals, subjects = await _stored(here)
    digests = _listed()
    needs = {}
    for generation in live:
        names = (generation.key_id, *(_UNNAMED if generation is live[0] else ()))
        needs[generation.key_id] = Need(
            api_keys=sum(api_keys[name][0] for name in names if name in api_keys),
            originals=sum(originals[name][0] for name in names if name in originals),
            last_original=_last_day(originals, names),
            seals=sum(seals[name][0] for name in names if name in seals),
            last_seal=_last_day(seals, names),
            subjects=sum(subjects.get(name, 0) for name in names),
            list_entries=sum(digests.get(name, 0) for name in names),
        )
    return live, needs


def _last_day(entries: Mapping[str, tuple[int, Any]], names: Sequence[str]) -> str:
    """Return the day on which the last entry of these keys expires, "" if there is none."""
    days = [entries[name][1] for name in names if name in entries]
    return f"{max(days):%Y-%m-%d}" if days else ""


async def _stored(
    here: Installation,
) -> tuple[
    Mapping[str, tuple[int, Any]], Mapping[str, tuple[int, Any]], Mapping[str, tuple[int, Any]], Mapping[str, int]
]:
    from proxy.cli.installation import started
    from proxy.identity.store import ApiKeyStore
    from proxy.identity.subjects import SubjectKeys
    from proxy.settings import Settings
    from proxy.vault.postgres import PostgresVault

    async with (
        started(ApiKeyStore(here.dsn, here.keyring, here.clock)) as store,
        started(PostgresVault(here.dsn, here.keyring, Settings().vault_ttl_s, here.clock)) as vault,
        started(SubjectKeys(here.dsn, here.keyring, here.clock)) as subjects,
    ):
        return (
            await store.hashed_with(), await vault.sealed_with(), await vault.seals_with(),
            await subjects.sealed_with(),
        )  # fmt: skip


def _listed() -> Mapping[str, int]:
    """Return, by key id, how many digests the tenants' lists contain."""
    from collections import Counter

    from proxy.catalog import lists
    from proxy.catalog.load import legal_data
    from proxy.runtime.resources import shipped
    from proxy.service import tenant_lists
    from proxy.settings import Settings

    entries = lists.read(tenant_lists.path(Settings()), legal_data(shipped("policies"))["entity_map"])
    return Counter(entry.key for entry in entries if entry.digest)
