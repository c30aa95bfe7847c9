"""A recognizer that keeps to what is asked of recognizers, and some that do not."""

from __future__ import annotations

from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult


class Badge(PatternRecognizer):
    """Finds the numbers of employees' badges."""

    def __init__(self):
        super().__init__("EMPLOYEE_BADGE", "badge", patterns=[Pattern("badge", r"\bAC-\d{6}\b", 0.9)])


class Beyond(EntityRecognizer):
    """Reports what cannot be in the text."""

    def __init__(self, result=None):
        super().__init__(["EMPLOYEE_BADGE"])
        self.result = result

    def load(self):
        pass

    def analyze(self, text, entities, nlp_artifacts):
        return [self.result or RecognizerResult("EMPLOYEE_BADGE", 0, len(text) + 1, 0.9)]
