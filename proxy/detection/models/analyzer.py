"""spaCy and Presidio, imported quietly.

Without the optional libraries that Presidio would load just because they are installed (a hundred megabytes a
worker, transformers above all), without spaCy's command line (twelve megabytes) and Presidio's own recognizers (an
eighth of a second), and without the socket that urllib3 opens on import to see whether IPv6 works.
"""

from __future__ import annotations

import importlib
import socket
import sys
from types import ModuleType

_OPTIONAL = ("transformers", "stanza", "gliner", "langextract", "azure", "spacy_huggingface_pipelines")
_UNUSED = ("spacy.cli", "spacy.cli.info", "presidio_analyzer.predefined_recognizers")


class _Nothing(ModuleType):
    """Stands for a module whose names are imported and never used."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


def _lean() -> None:
    """Import both while the optional libraries look absent and IPv6 looks switched off."""
    hidden = [name for name in _OPTIONAL if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's way to say "not there"
    absent = [name for name in _UNUSED if name not in sys.modules]
    for name in absent:
        sys.modules[name] = _Nothing(name)
    six, socket.has_ipv6 = socket.has_ipv6, False
    try:
        importlib.import_module("spacy")
        importlib.import_module("presidio_analyzer")
    finally:
        socket.has_ipv6 = six
        for name in (*hidden, *absent):
            sys.modules.pop(name, None)


_lean()

import spacy  # noqa: E402
from presidio_analyzer import EntityRecognizer, RecognizerResult  # noqa: E402
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine  # noqa: E402

__all__ = [
    "EntityRecognizer",
    "NlpArtifacts",
    "NlpEngine",
    "RecognizerResult",
    "spacy",
]
