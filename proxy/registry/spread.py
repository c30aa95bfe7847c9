"""How far a revision of the registry has come into force on the proxy processes of the organisation."""

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
    """What the processes run, seen from one revision of the registry and the policy data that it gives."""

    replicas: tuple[Replica, ...]
    #: Those that run another revision of the registry.
    behind: tuple[Replica, ...]
    #: Those that run it, while their policy engine decides over other data.
    lagging: tuple[Replica, ...]
    #: Those of both that refuse something which they did not refuse before.
    refusing: tuple[Replica, ...]

    @property
    def everywhere(self) -> bool:
        """Whether every process runs the revision over its data; true where none runs."""
        return not (self.behind or self.lagging)

    @property
    def settled(self) -> bool:
        """Whether there is nothing to wait for: it is in force everywhere, or somebody refuses it."""
        return self.everywhere or bool(self.refusing)


def spread(revision: str, data_revision: str, refused: Mapping[str, str], replicas: Iterable[Replica]) -> Spread:
    """Return how far a revision has come; ``refused`` is what each process refused before it was put in force."""
    everybody = tuple(replicas)
    behind = tuple(one for one in everybody if one.registry_revision != revision)
    lagging = tuple(one for one in everybody if one not in behind and one.data_revision != data_revision)
    refusing = tuple(one for one in (*behind, *lagging) if one.refused not in {"", refused.get(one.writer, "")})
    return Spread(everybody, behind, lagging, refusing)


def refusals(replicas: Iterable[Replica]) -> dict[str, str]:
    """Return what each process refuses, by the id of its audit chain."""
    return {replica.writer: replica.refused for replica in replicas}


def data_revision(document: Mapping[str, Any], policies_dir: Path) -> str:
    """Return the revision of the policy data that a registry document gives with the law beside these policies.

    Takes a while for thousands of targets: call it in a thread.

    Raises:
        ConfigurationError: the document is refused.

    """
    return compiled(catalog_documents.check(document), policies_dir).revision
