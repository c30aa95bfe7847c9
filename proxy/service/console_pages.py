"""From the settings to the console's application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from proxy.console import app
from proxy.console.security import ConsoleSite
from proxy.console.visit import Console
from proxy.errors import ConfigurationError
from proxy.identity.console_logins import ConsoleLogins
from proxy.settings import Settings
from proxy.web.api.ports import AdminContext

if TYPE_CHECKING:
    from proxy.console.oidc import OidcLogin


def added(
    served: web.Application,
    settings: Settings,
    api: AdminContext | None,
    logins: ConsoleLogins,
    *,
    is_example: bool = False,
) -> web.Application:
    """Return the application with the console in it, unless that is switched off.

    Raises:
        ConfigurationError: officers are to log in at an issuer, and the settings lack where that is, or where we are.

    """
    if not settings.console or api is None:
        return served
    url = (settings.console_url or "").rstrip("/")
    console = Console(api, logins, logins.clock, ConsoleSite(url), _issuer(settings, logins, url), is_example)
    served.add_subapp("/console/", app.application(console))
    return served


def _issuer(settings: Settings, logins: ConsoleLogins, url: str) -> OidcLogin | None:
    if settings.console_oidc_client_id is None:
        return None
    if settings.oidc_issuer is None or not url:
        raise ConfigurationError("PROXY_CONSOLE_OIDC_CLIENT_ID needs PROXY_OIDC_ISSUER and PROXY_CONSOLE_URL as well")
    from proxy.console.oidc import OidcLogin  # noqa: PLC0415 - what checks tokens is loaded where there are any

    secret = settings.console_oidc_client_secret
    return OidcLogin(
        settings.oidc_issuer,
        settings.console_oidc_client_id,
        secret.get_secret_value() if secret is not None else "",
        url,
        logins.clock,
        settings.oidc_login,
    )
