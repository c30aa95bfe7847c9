"""How far a revision of the registry has spread among the organisation's proxy processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proxy.catalog import documents as catalog_documents
from proxy.catalog.load import compiled
from proxy.registry.store import Replica


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
    def settled(self) -> bool:
        """Whether there is nothing to wait for: it is in force everywhere, or some process refuses it."""
        return self.everywhere or bool(self.refusing)


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
