"""Compliance-aware data-routing proxy for AI traffic."""

from __future__ import annotations

__version__ = "0.2.0"
