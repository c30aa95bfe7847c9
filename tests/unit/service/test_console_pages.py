from __future__ import annotations

import pytest
from aiohttp import web

from proxy.errors import ConfigurationError
from proxy.identity.console_logins import ConsoleLogins
from proxy.service import console_pages
from proxy.settings import Settings
from testing import evidence
from tests.unit.web.api.conftest import in_memory  # noqa: F401 - a fixture


@pytest.fixture
def paths(in_memory):  # noqa: F811
    def served(**settings):
        app, logins = web.Application(), ConsoleLogins("", evidence.KEYRING, evidence.FixedClock())
        console_pages.added(app, Settings(**settings), in_memory()[0], logins)
        return [resource.canonical for resource in app.router.resources()]

    return served


def test_it_is_off_unless_it_is_switched_on(paths):
    assert paths() == []
    assert paths(console=True) == ["/console"]


def test_an_issuer_needs_an_address_to_come_back_to(paths):
    issuer = {"oidc_issuer": "https://id.example", "oidc_audience": "proxy", "oidc_jwks": "https://id.example/jwks"}
    with pytest.raises(ConfigurationError, match="PROXY_CONSOLE_URL"):
        paths(console=True, console_oidc_client_id="console", **issuer)
    with pytest.raises(ConfigurationError, match="PROXY_OIDC_ISSUER"):
        paths(console=True, console_oidc_client_id="console", console_url="https://proxy.example")
    assert paths(console=True, console_oidc_client_id="c", console_url="https://proxy.example", **issuer) == [
        "/console"
    ]
