"""Benchmarks: every figure the documentation names is printed by a command here."""

from __future__ import annotations
