"""The tables beside the official SDK's: what it knows is known here, or left out on purpose."""

from __future__ import annotations

from mcp_types import methods
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS

from proxy.codecs.mcp import tables


def test_every_method_of_a_client_is_known_or_keeps_something():
    asked = methods.SPEC_CLIENT_METHODS | methods.SPEC_CLIENT_NOTIFICATION_METHODS
    assert {name for name in asked if not name.startswith(tables.KEEPING)} == tables.METHODS


def test_every_revision_is_known():
    assert frozenset(KNOWN_PROTOCOL_VERSIONS) == tables.VERSIONS
