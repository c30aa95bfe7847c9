"""From the settings to the admin API: the running policy, and the environment that its commands get."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Protocol

from proxy.keys import master_key
from proxy.policy.activation import activation
from proxy.policy.engine.launch import ENVIRONMENT
from proxy.ports import Clock
from proxy.registry.store import RegistryStore
from proxy.reports.desk import EvidenceDesk
from proxy.reports.exports.schedules import ScheduleStore
from proxy.reports.exports.store import ExportStore
from proxy.runtime.environment import environment
from proxy.service import rollout
from proxy.service.texts import TriedTexts
from proxy.settings import Handover, Settings
from proxy.web.admission import Slots
from proxy.web.api.child import Children
from proxy.web.api.ports import (
    AdminContext,
    ApiKeys,
    Exports,
    Files,
    RegisteredLists,
    Restrictions,
    TwoPersonActs,
)
from proxy.web.handlers import Services

#: What commands get of this process's environment besides the settings below. None of it is a credential, but under
#: ``run`` the state directory leads a command to database and master key, as it does any process of this account.
_PLAIN = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_SETTINGS = (
    "state_dir", "config_dir", "apis_file", "registry", "policies_dir", "overlay_dir", "bundle_path",
    "policy_verification_key", "audit_origin",
)  # fmt: skip


class Watching(Protocol):
    """Knows the policy in force here (``proxy.policy.activation.watch``)."""

    digest: str

    def details(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class AnswerPorts:
    """Where the admin API answers officers from; None: not here."""

    desk: EvidenceDesk | None = None
    exports: Exports | None = None
    restrictions: Restrictions | None = None
    acts: TwoPersonActs | None = None
    keys: ApiKeys | None = None
    ages: Callable[[], Mapping[str, float]] = dict
    registered: RegisteredLists | None = None


_NO_ANSWERS = AnswerPorts()


@dataclass(frozen=True, slots=True)
class WorkerPolicy:
    """Implements ``proxy.web.api.ports.RunningPolicy`` for one worker."""

    settings: Settings
    services: Services
    watching: Watching
    clock: Clock

    def policy(self) -> Mapping[str, Any]:
        """Revision in force here, those of all workers of this service, and why the last one was refused, if it was."""
        policy: Mapping[str, Any] = self.watching.details()["policy"]
        return policy

    def digest(self) -> str:
        """The digest of the policy in force here."""
        return self.watching.digest

    def data(self) -> Mapping[str, Any]:
        """The policy data document of the catalog in force."""
        return self.services.pipeline.catalog.data_document

    def today(self) -> date:
        """Today in UTC."""
        return datetime.fromtimestamp(self.clock.now(), UTC).date()

    def last(self) -> Mapping[str, Any] | None:
        """How the last activation on this machine ended."""
        path = rollout.status_path(self.settings)
        outcome = activation.last(path) if path is not None else None
        return None if outcome is None else {name: value for name, value in asdict(outcome).items() if value != ""}

    def reread(self) -> None:
        """Make every worker reload its catalog, unless a supervisor puts the bundle in force and does so itself."""
        if self.settings.bundle_path is not None and self.settings.handover.policy_status is None:
            os.kill(self.settings.handover.worker_of or os.getpid(), signal.SIGHUP)


def children(settings: Settings) -> Children:
    """Return the environments of admin commands: paths always, credentials and keys only where a command needs them."""
    variables = environment()
    plain = {name: variables[name] for name in _PLAIN if name in variables}
    values = {f"PROXY_{name.upper()}": getattr(settings, name) for name in _SETTINGS}
    opening = {"DATABASE_URL": settings.database_url.get_secret_value()} if settings.database_url else {}
    if settings.policy_signing_key is not None:
        opening["PROXY_POLICY_SIGNING_KEY"] = str(settings.policy_signing_key)
    if settings.audit_signing_key is not None:
        opening["PROXY_AUDIT_SIGNING_KEY"] = str(settings.audit_signing_key)
    return Children(
        {
            **plain,
            **ENVIRONMENT,
            **{name: str(value) for name, value in values.items() if value is not None},
            **Handover(policy_status=settings.handover.policy_status).environment(),
        },
        opening,
        settings.admin_deadline_s,
        master_key.read(settings) or "",
    )


def admin_context(
    settings: Settings,
    services: Services,
    watching: Watching,
    registry: RegistryStore,
    answers: AnswerPorts = _NO_ANSWERS,
) -> AdminContext | None:
    """Return what the admin API and the console work with, None where both are switched off.

    Who asks there waits for the answer: see ``at_once`` of ``proxy.reports.answer.QueryContext``.
    """
    if not (settings.admin_api or settings.console):
        return None
    return AdminContext(
        evidence=services.events,
        in_force=WorkerPolicy(settings, services, watching, services.clock),
        files=Files(settings.config_dir, settings.policies_dir, rollout.revisions_dir(settings)),
        children=children(settings),
        registry=registry,
        desk=replace(answers.desk, at_once=True) if answers.desk is not None else None,
        exports=answers.exports,
        schedules=ScheduleStore(answers.exports) if isinstance(answers.exports, ExportStore) else None,
        restrictions=answers.restrictions,
        registered=answers.registered,
        acts=answers.acts,
        keys=answers.keys,
        texts=TriedTexts(services, settings),
        ages=answers.ages,
        editable=settings.registry == "database",
        activates=rollout.status_path(settings) is not None,
        commands=Slots(settings.admin_commands),
    )
