"""The policies and data that decided a recorded request: from this machine, else from the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from proxy.cli.policy import options

if TYPE_CHECKING:
    from proxy.policy.authoring.compare import Recorded
    from proxy.policy.authoring.parallel import Policy


def revision_of(recorded: Recorded) -> str:
    """Return the revision of the bundle that decided, "" if no decision was recorded."""
    return str(((recorded.decision or {}).get("policy") or {}).get("revision", ""))


def stored(revision: str) -> Path:
    """Return the bundle of a revision; one that only the database has is stored here from then on.

    Raises:
        BundleRefusedError: it is in neither place.
        ConfigurationError: it is not here and no database is known.
        RegistryUnavailableError: it is not here and the database cannot be reached.

    """
    from proxy.cli.installation import database_url
    from proxy.policy.activation import activation
    from proxy.policy.faults import BundleRefusedError
    from proxy.registry import reading
    from proxy.registry.fleet import is_bundle_of
    from proxy.service import rollout
    from proxy.settings import Settings

    folder = rollout.revisions_dir(Settings())
    path = activation.archived(folder, revision)
    if not path.is_file():
        packed = reading.kept_bundle(database_url(), revision)
        if packed is None or not is_bundle_of(revision, packed):
            raise BundleRefusedError("unreadable", f"no bundle of revision {revision} is here or in the database")
        activation.archive(folder, revision, packed)
    return path


def decided_by(recorded: Recorded) -> Policy | None:
    """Return the policies and data of the recorded decision; None if they are not available. Either is remarked on."""
    from proxy.errors import ConfigurationError, RegistryUnavailableError
    from proxy.policy.authoring.parallel import Policy

    revision = revision_of(recorded)
    try:
        path = stored(revision) if revision else None
    except (ConfigurationError, RegistryUnavailableError) as error:
        options.remark(f"explained by today's policy: {error}")
        return None
    if path is None:
        return None
    options.remark(f"explained by the policy and data that decided it: revision {revision}")
    return Policy(path, None, None)
