"""Names of tenants and activities on the command line, which the registry should know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

Unregistered = Annotated[
    bool, typer.Option("--unregistered", help="Allow a tenant or activity that the registry does not know.")
]


def check_registered(tenants: Iterable[str], activities: Iterable[str] = ()) -> None:
    """Refuse names that the registry in force does not know.

    Raises:
        ConfigurationError: it does not know one, or cannot be read.

    """
    from proxy.catalog.names import unregistered
    from proxy.cli.installation import database_url
    from proxy.errors import ConfigurationError
    from proxy.runtime.environment import environment
    from proxy.service import rollout
    from proxy.settings import Settings

    catalog = rollout.catalog(rollout.with_database(Settings(), database_url), environment())
    if wrong := unregistered(catalog.data_document, tenants, activities):
        raise ConfigurationError(f"{wrong} (use it anyway with --unregistered)")
