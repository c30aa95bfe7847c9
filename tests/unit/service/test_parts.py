from __future__ import annotations

import pytest

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.errors import ConfigurationError
from proxy.runtime.environment import environment
from proxy.service import parts, rollout
from proxy.service.parts import make_parts
from proxy.settings import Settings
from testing.fakes import KEYRING, FixedClock


def made(**settings):
    chosen = Settings(**settings)
    return make_parts(chosen, rollout.catalog(chosen, environment()), KEYRING, AuditSigningKey.generate(), FixedClock())


@pytest.mark.parametrize("given", [{}, {"database_url": "postgresql://x"}, {"opa_url": "http://127.0.0.1:1"}])
def test_a_worker_needs_a_database_and_a_policy_engine(given, monkeypatch):
    for name in ("DATABASE_URL", "OPA_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="DATABASE_URL"):
        made(**given)


def test_what_is_switched_on_is_counted():
    plain = Settings(registry="files", admin_api=False)
    every = Settings(registry="database", admin_api=True, audit_log_published=True)
    assert sum(parts.most_connections(plain).values()) < sum(parts.most_connections(every).values())
    assert {"answers and exports of the admin API", "the published log"} == (
        parts.most_connections(every).keys() - parts.most_connections(plain).keys()
    )
