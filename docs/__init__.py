"""Generated reference pages."""

from __future__ import annotations
