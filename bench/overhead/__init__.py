"""The cost of the proxy beside its peers, in one alternating run on one machine: ``python -m bench.overhead``."""

from __future__ import annotations
