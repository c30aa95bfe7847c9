"""Kills and faults at random under load, then a look at the evidence: ``python -m bench.chaos``."""

from __future__ import annotations
