"""Every hostile condition that must hold, tried against a running stack: ``python -m bench.hostile``."""

from __future__ import annotations
