"""The fleet: what every proxy process runs, as each reports in the database; and the archive of all bundles there.

A process renews its row every few seconds and on every change. Bundles in this machine's archive are copied to the
database, so that every machine can replay this one's decisions.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prometheus_client import Gauge

from proxy.catalog import documents as catalog_documents
from proxy.catalog.load import compiled
from proxy.errors import RegistryUnavailableError
from proxy.policy.activation import activation
from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError
from proxy.registry.store import RegistryStore, Replica
from proxy.runtime.background import Background
from proxy.runtime.log import logger

REPLICAS = Gauge("proxy_fleet_processes", "Proxy processes that report what they run.", multiprocess_mode="livemax")
DIFFERS = Gauge(
    "proxy_fleet_differs",
    "1 while proxy processes run different policies or registries.",
    multiprocess_mode="livemax",
)
_LOOK_S = 1.0
_RENEW_S = 5.0
_LONGEST_REFUSAL = 500


def differs(replicas: tuple[Replica, ...]) -> bool:
    """Whether the processes run different policies or registries."""
    return len({(each.policy_revision, each.policy_digest, each.registry_revision) for each in replicas}) > 1


@dataclass(eq=False)
class Fleet:
    """Reports what this process runs (``describe``) and reads all reports. ``archive`` is the folder of bundles.

    ``event`` records each bundle that is stored.
    """

    store: RegistryStore
    describe: Callable[[], Replica]
    archive: Path
    event: Callable[..., object] = lambda *_, **__: None
    replicas: tuple[Replica, ...] = ()
    _reported: Replica | None = None
    _archived: set[str] = field(default_factory=set)
    _reached: bool = True
    _reporting: Background = field(default_factory=Background)

    def start(self) -> None:
        """Start reporting."""
        self._reporting.start("fleet", self._run())

    async def _run(self) -> None:
        due = 0.0
        loop = asyncio.get_running_loop()
        while True:
            if loop.time() >= due or self.describe() != self._reported:
                await self._report_if_reached()
                due = loop.time() + _RENEW_S
            await asyncio.sleep(_LOOK_S)

    async def close(self) -> None:
        """Stop reporting, then remove this process's row: in the other order it could come back."""
        await self._reporting.stop()
        if self._reached:
            try:
                await self.store.withdraw(self.describe().writer)
            except RegistryUnavailableError as error:
                logger().warning("fleet_not_left", error=type(error.__cause__).__name__)

    async def report(self) -> None:
        """Renew this process's row, read all rows, copy new bundles.

        Raises:
            RegistryUnavailableError: the database cannot be reached.

        """
        description = self.describe()
        await self.store.report(replace(description, refused=description.refused[:_LONGEST_REFUSAL]))
        self._reported = description
        self.replicas = await self.store.replicas()
        REPLICAS.set(len(self.replicas))
        DIFFERS.set(1 if differs(self.replicas) else 0)
        await self._archive()

    def details(self) -> dict[str, Any]:
        """Return the number of processes and their revisions, as last read."""
        details = {
            "processes": len(self.replicas),
            "policy_revisions": sorted({replica.policy_revision for replica in self.replicas}),
            "registry_revisions": sorted({replica.registry_revision for replica in self.replicas}),
            "differs": differs(self.replicas),
        }
        return {"fleet": details if self._reached else {**details, "unreachable": True}}

    async def _report_if_reached(self) -> None:
        try:
            await self.report()
        except RegistryUnavailableError as error:
            if self._reached:
                logger().warning("fleet_unreachable", error=type(error.__cause__).__name__)
            self._reached = False
        else:
            self._reached = True

    async def _archive(self) -> None:
        names = await asyncio.to_thread(activation.archived_revisions, self.archive)
        fresh = names - self._archived
        for revision in sorted(await self.store.missing_bundles(fresh)) if fresh else ():
            packed = await asyncio.to_thread(_verified, activation.archived(self.archive, revision), revision)
            if packed is not None and await self.store.keep_bundle(revision, packed):
                self.event("policy_kept", {"sha256": hashlib.sha256(packed).hexdigest()}, revision=revision)
        self._archived |= fresh


def is_bundle_of(revision: str, packed: bytes) -> bool:
    """Whether these bytes are the bundle of a revision, by the digest of policies and data.

    Raises:
        BundleRefusedError: not a bundle.

    """
    loaded = bundle.loads(packed)
    computed, _ = bundle.contents(tree.Tree(loaded.modules, {}, {}), loaded.data, loaded.name)
    return loaded.revision == revision == computed


def _verified(path: Path, revision: str) -> bytes | None:
    """Return the bytes of an archived bundle, None if they are not the bundle of this revision."""
    try:
        packed = path.read_bytes()
        if is_bundle_of(revision, packed):
            return packed
    except (OSError, BundleRefusedError) as error:
        logger().warning("kept_bundle_unreadable", revision=revision, error=type(error).__name__)
    return None


@dataclass(frozen=True, slots=True)
class Spread:
    """The processes' state relative to one revision of the registry and its policy data."""

    replicas: tuple[Replica, ...]
    behind: tuple[Replica, ...]  # run another revision of the registry
    lagging: tuple[Replica, ...]  # run it, while their policy engine decides over other data
    refusing: tuple[Replica, ...]  # of both, those with a new refusal

    @property
    def everywhere(self) -> bool:
        """Whether every process runs the revision with its data; true without processes."""
        return not (self.behind or self.lagging)

    @property
    def refusals(self) -> tuple[tuple[str, str], ...]:
        """(audit chain, refusal) of each process that refuses it."""
        return tuple((each.writer, each.refused) for each in self.refusing)


def spread(revision: str, data_revision: str, refused: Mapping[str, str], replicas: Iterable[Replica]) -> Spread:
    """Return the spread of a revision; ``refused`` are the processes' refusals from before it was put in force."""
    processes = tuple(replicas)
    behind = tuple(each for each in processes if each.registry_revision != revision)
    lagging = tuple(each for each in processes if each not in behind and each.data_revision != data_revision)
    refusing = tuple(each for each in (*behind, *lagging) if each.refused not in {"", refused.get(each.writer, "")})
    return Spread(processes, behind, lagging, refusing)


def refusals(replicas: Iterable[Replica]) -> dict[str, str]:
    """Return each process's refusal, by the id of its audit chain."""
    return {replica.writer: replica.refused for replica in replicas}


def data_revision(document: Mapping[str, Any], policies_dir: Path) -> str:
    """Return the revision of the policy data for a registry document and the legal data of these policies.

    Slow for thousands of targets: call it in a thread.

    Raises:
        ConfigurationError: the document is not valid.

    """
    return compiled(catalog_documents.check(document), policies_dir).revision
