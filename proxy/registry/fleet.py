"""What every proxy process of the organisation runs, as each one says in the database; and all bundles, kept there.

A process renews its row every few seconds and whenever something changes. A bundle that this machine has kept in its
folder is copied to the database, so that every other machine can decide again as this one did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prometheus_client import Gauge

from proxy.errors import RegistryUnavailableError
from proxy.policy.activation import activation
from proxy.policy.bundles import bundle, tree
from proxy.policy.faults import BundleRefusedError
from proxy.registry.store import RegistryStore, Replica
from proxy.runtime.background import Background
from proxy.runtime.log import logger

REPLICAS = Gauge("proxy_fleet_processes", "Proxy processes that say what they run.", multiprocess_mode="livemax")
DIFFERS = Gauge(
    "proxy_fleet_differs",
    "1 while proxy processes run different policies or registries.",
    multiprocess_mode="livemax",
)
_LOOK_S = 1.0
_RENEW_S = 5.0
_LONGEST_REFUSAL = 500


def differs(replicas: tuple[Replica, ...]) -> bool:
    """Whether not all run the same policy over the same registry."""
    return (
        len({(replica.policy_revision, replica.policy_digest, replica.registry_revision) for replica in replicas}) > 1
    )


@dataclass(eq=False)
class Fleet:
    """Says what this process runs and shows what all run. ``describe`` tells of this process, ``kept`` is a folder."""

    store: RegistryStore
    describe: Callable[[], Replica]
    kept: Path
    replicas: tuple[Replica, ...] = ()
    _told: Replica | None = None
    _archived: set[str] = field(default_factory=set)
    _reached: bool = True
    _telling: Background = field(default_factory=Background)

    def start(self) -> None:
        """Begin to tell."""
        self._telling.start("fleet", self._run())

    async def _run(self) -> None:
        due = 0.0
        loop = asyncio.get_running_loop()
        while True:
            if loop.time() >= due or self.describe() != self._told:
                await self._tell_if_reached()
                due = loop.time() + _RENEW_S
            await asyncio.sleep(_LOOK_S)

    async def close(self) -> None:
        """Stop telling, then take this process out of the list: the other way round it could come back."""
        await self._telling.stop()
        if self._reached:
            try:
                await self.store.left(self.describe().writer)
            except RegistryUnavailableError as error:
                logger().warning("fleet_not_left", error=type(error.__cause__).__name__)

    async def tell(self) -> None:
        """Renew the row of this process, read all rows, copy new bundles.

        Raises:
            RegistryUnavailableError: the database cannot be reached.

        """
        mine = self.describe()
        await self.store.seen(replace(mine, refused=mine.refused[:_LONGEST_REFUSAL]))
        self._told = mine
        self.replicas = await self.store.replicas()
        REPLICAS.set(len(self.replicas))
        DIFFERS.set(1 if differs(self.replicas) else 0)
        await self._archive()

    def details(self) -> dict[str, Any]:
        """Return how many processes run which revisions, as last read."""
        shown = {
            "processes": len(self.replicas),
            "policy_revisions": sorted({replica.policy_revision for replica in self.replicas}),
            "registry_revisions": sorted({one.registry_revision for one in self.replicas}),
            "differs": differs(self.replicas),
        }
        return {"fleet": shown if self._reached else {**shown, "unreachable": True}}

    async def _tell_if_reached(self) -> None:
        try:
            await self.tell()
        except RegistryUnavailableError as error:
            if self._reached:
                logger().warning("fleet_unreachable", error=type(error.__cause__).__name__)
            self._reached = False
        else:
            self._reached = True

    async def _archive(self) -> None:
        names = await asyncio.to_thread(activation.all_kept, self.kept)
        fresh = names - self._archived
        for revision in sorted(await self.store.missing_bundles(fresh)) if fresh else ():
            packed = await asyncio.to_thread(_verified, activation.kept(self.kept, revision), revision)
            if packed is not None:
                await self.store.keep_bundle(revision, packed)
        self._archived |= fresh


def is_bundle_of(revision: str, packed: bytes) -> bool:
    """Whether these bytes are the bundle of a revision: policies and data have the digest that it names.

    Raises:
        BundleRefusedError: they are no bundle.

    """
    read = bundle.loads(packed)
    named, _ = bundle.contents(tree.Tree(read.modules, {}, {}), read.data, read.name)
    return read.revision == revision == named


def _verified(path: Path, revision: str) -> bytes | None:
    """Return a kept bundle's bytes, None when they are not the bundle of this revision."""
    try:
        packed = path.read_bytes()
        if is_bundle_of(revision, packed):
            return packed
    except (OSError, BundleRefusedError) as error:
        logger().warning("kept_bundle_unreadable", revision=revision, error=type(error).__name__)
    return None
