"""An outside look at what leaks: planted values in every place of a request, sent through the served proxy."""

from __future__ import annotations
