"""Presidio as it comes, analyzer and anonymizer, over the same texts: what stands in a message, as gateways apply it."""

from __future__ import annotations

from typing import Any

from bench.detection_systems import MODEL


class Presidio:
    """Replaces every finding by its type."""

    def __init__(self) -> None:
        import tldextract
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider
        from presidio_anonymizer import AnonymizerEngine

        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
        model = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
        engine = NlpEngineProvider(nlp_configuration=model).create_engine()
        self._analyzer: Any = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
        self._anonymizer: Any = AnonymizerEngine()

    def text(self, text: str) -> str:
        """Return a text as its anonymizer leaves it."""
        results = self._analyzer.analyze(text, "en")
        return str(self._anonymizer.anonymize(text, results).text)
