"""What one worker consists of: each adapter with its settings, none of it connected yet."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxy.audit.access.receipts import Receipts
from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.writing.log import PostgresAuditLog, fresh_writer_id
from proxy.core.deidentification.installed import Make
from proxy.core.keyring import Keyring
from proxy.core.targets.destinations import Destinations
from proxy.core.targets.registered import Catalog
from proxy.detection.detector import PooledDetector
from proxy.detection.files.documents import PooledDocuments
from proxy.detection.plugins import operators
from proxy.detection.pool.process import spawning
from proxy.detection.remote.pool import RemotePool
from proxy.detection.remote.tls import TlsFiles
from proxy.errors import ConfigurationError
from proxy.exchange.caching import ReplyCache
from proxy.grants.store import GrantStore
from proxy.identity.console_logins import ConsoleLogins
from proxy.identity.registered import RegisteredStore
from proxy.identity.store import ApiKeyStore
from proxy.identity.subjects import SubjectKeys
from proxy.policy.activation.watch import PolicyWatch
from proxy.policy.decision.cache import CachedDecisionPoint
from proxy.policy.decision.document import input_document
from proxy.policy.decision.opa import OpaDecisionPoint
from proxy.ports import Clock
from proxy.registry.allowances import LeasedAllowances
from proxy.registry.store import RegistryStore
from proxy.reports.siem import address
from proxy.runtime import database
from proxy.service import rollout, tenant_lists
from proxy.service.acts import Acts
from proxy.service.registered import RegisteredDesk, RegisteredWatch
from proxy.settings import Settings
from proxy.upstreams.client import HttpUpstreams, TargetLimits
from proxy.upstreams.credentials import Credentials
from proxy.vault.postgres import PostgresVault
from proxy.vault.replies import PostgresReplies
from proxy.vault.us_persons import UsPersons
from proxy.web import metrics

if TYPE_CHECKING:
    from proxy.identity.oidc import OidcIdentity

_FILES = 0.6  # the share of the deadline for files, where pictures are not read


@dataclass(slots=True)
class WorkerParts:
    """What one worker consists of."""

    audit: PostgresAuditLog
    vault: PostgresVault
    cache: ReplyCache | None
    keys: ApiKeyStore
    logins: ConsoleLogins
    subjects: SubjectKeys
    grants: GrantStore
    us_persons: UsPersons
    registry: RegistryStore
    detector: PooledDetector
    registered: RegisteredWatch
    documents: PooledDocuments
    engine: OpaDecisionPoint
    pdp: CachedDecisionPoint
    policy_watch: PolicyWatch
    upstreams: HttpUpstreams
    tokens: OidcIdentity | None
    operators: Mapping[str, Make]
    receipts: Receipts
    allowances: LeasedAllowances

    @property
    def lists(self) -> RegisteredDesk:
        """The lists of registered people."""
        return RegisteredDesk(
            self.registered.store, self.audit, lambda: self.detector.registered, metrics.shared_folder()
        )

    @property
    def acts(self) -> Acts:
        """What two people do."""
        return Acts(self.subjects, self.audit, self.vault, self.grants)


def make_parts(
    settings: Settings, catalog: Catalog, keyring: Keyring, signing: AuditSigningKey, clock: Clock
) -> WorkerParts:
    """Create them unconnected.

    Raises:
        ConfigurationError: the settings lack the database or the policy engine, or a custom operator cannot be loaded.

    """
    if settings.database_url is None or settings.opa_url is None:
        raise ConfigurationError(
            "DATABASE_URL and OPA_URL must be set to serve; 'compliance-proxy run' starts both by itself"
        )
    dsn = settings.database_url.get_secret_value()
    engine = OpaDecisionPoint(settings.opa_url, settings.policy_deadline_s)
    audit = _audit(dsn, settings, keyring, signing, clock)
    pdp = CachedDecisionPoint(
        engine,
        settings.decision_cache_size,
        settings.decision_cache_ttl_s,
        catalog.change_dates,
        clock,
    )
    vault = PostgresVault(dsn, keyring, settings.vault_ttl_s, clock)
    replies = PostgresReplies(vault, settings.reply_cache_bytes)
    detector = _detector(settings, catalog, keyring, clock)
    return WorkerParts(
        audit=audit,
        vault=vault,
        cache=ReplyCache(replies, clock) if replies.size else None,
        keys=ApiKeyStore(dsn, keyring, clock),
        logins=ConsoleLogins(dsn, keyring, clock),
        subjects=SubjectKeys(dsn, keyring, clock),
        grants=GrantStore(dsn, keyring, clock),
        us_persons=UsPersons(dsn, clock),
        registry=RegistryStore(dsn, keyring),
        detector=detector,
        registered=RegisteredWatch(
            RegisteredStore(dsn, keyring, clock), settings.state_dir / "registered", detector.register
        ),
        documents=PooledDocuments(
            settings.detection_deadline_s * (1.0 if settings.ocr == "local" else _FILES),
            ocr=settings.ocr == "local",
        ),
        engine=engine,
        pdp=pdp,
        policy_watch=PolicyWatch(engine, pdp, audit, rollout.status_path(settings), metrics.shared_folder()),
        upstreams=HttpUpstreams(
            Credentials(settings.credential, settings.target_files),
            TargetLimits(settings.upstream_connect_s, max_bytes=settings.upstream_max_bytes),
            clock,
            Destinations.of(settings.target_hosts),
        ),
        tokens=_tokens(settings, clock),
        operators=operators.load(settings.plugins_dir),
        receipts=Receipts(dsn, signing.verifier, audit),
        allowances=LeasedAllowances(dsn, clock, audit.event),
    )


def _audit(dsn: str, settings: Settings, keyring: Keyring, signing: AuditSigningKey, clock: Clock) -> PostgresAuditLog:
    host = socket.gethostname()
    return PostgresAuditLog(
        dsn,
        fresh_writer_id(host[:32]),
        keyring,
        clock,
        settings.audit_queue,
        settings.audit_timeout_s,
        input_document,
        signing,
        host[:64],
    )


def _detector(settings: Settings, catalog: Catalog, keyring: Keyring, clock: Clock) -> PooledDetector:
    return PooledDetector(
        settings.detection_workers,
        settings.detection_deadline_s,
        settings.detection_queue,
        settings.detection_cache_bytes,
        keyring.derive("detection-cache"),
        tenant_lists.of(settings, catalog, keyring),
        spawn=spawning(settings.handover.detection_nursery, settings.state_dir / "cache"),
        turn=settings.detection_turn,
        elsewhere=elsewhere(settings, clock),
    )


def elsewhere(settings: Settings, clock: Clock) -> Callable[[str], RemotePool] | None:
    """Return what asks the detectors that the settings name, None where detection is here."""
    if settings.detector_url is None:
        return None
    files = TlsFiles.of(settings.detector_ca, settings.detector_certificate, settings.detector_key)
    urls = [url.strip() for url in settings.detector_url.split(",") if url.strip()]
    return lambda identity: RemotePool(urls, files, identity, settings.detection_queue, clock)


def _tokens(settings: Settings, clock: Clock) -> OidcIdentity | None:
    if not (settings.oidc_issuer and settings.oidc_audience and settings.oidc_jwks):
        return None
    from proxy.identity.oidc import Issuer, OidcIdentity  # noqa: PLC0415 - a tenth of a second that few need

    issuer = Issuer(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks, settings.oidc_login)
    return OidcIdentity(issuer, clock)


def most_connections(settings: Settings) -> Mapping[str, int]:
    """Return the most connections of one process, by use. Most of them are opened when they are needed."""
    connections = {
        "the audit log's writer": 1,
        "signing, recovery and anchors": 3,
        "keys, data subjects, restrictions, grants": database.SIZES[database.IDENTITY] + 2,  # two of them listen
        "vault": database.SIZES[database.VAULT] + 1,  # one listens
        "registry": database.SIZES[database.REGISTRY] + (settings.registry == "database"),
    }
    if settings.admin_api:
        connections["answers and exports of the admin API"] = 8  # two wait here, two in the process beside
    if settings.audit_log_published:
        connections["the published log"] = database.SIZES[database.WRITER]
    if streams := len(address.several(settings.audit_streams or "")):
        connections["streams"] = streams
    return connections
