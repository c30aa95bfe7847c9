from __future__ import annotations

from proxy.service import connections
from proxy.settings import Settings


def test_what_is_switched_on_is_counted():
    plain = Settings(registry="files", admin_api=False)
    every = Settings(registry="database", admin_api=True, audit_log_published=True)
    assert sum(connections.most(plain).values()) < sum(connections.most(every).values())
    assert {"answers and exports of the admin API", "the published log"} == (
        connections.most(every).keys() - connections.most(plain).keys()
    )
