"""Training of the token classifier that ships in ``proxy/detection/classifier``."""

from __future__ import annotations
