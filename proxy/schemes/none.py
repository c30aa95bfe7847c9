"""Sends no credential."""

from __future__ import annotations

from proxy.schemes.scheme import Credential, Scheme

SCHEME = Scheme(Credential.NONE)
