"""The example world of ``compliance-proxy run --demo``: a plausible quarter of three invented organisations."""

from __future__ import annotations
