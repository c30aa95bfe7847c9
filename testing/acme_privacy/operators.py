"""One operator that keeps to what is asked of operators, and some that do not."""

from __future__ import annotations

from presidio_anonymizer.operators import Operator, OperatorType


class Token(Operator):
    """Replaces a value by a token that is always the same for it."""

    def operate(self, text, params=None):
        return f"{params['prefix']}~{params['digest']}"

    def validate(self, params=None):
        if not str(params.get("prefix", "")).isalpha():
            raise ValueError("prefix: letters are required")

    def operator_name(self):
        return "acme_token"

    def operator_type(self):
        return OperatorType.Anonymize


class Leaky(Token):
    """Leaves the value, in disguise."""

    def operate(self, text, params=None):
        return "".join(f"{character}-" for character in text)

    def operator_name(self):
        return "acme_leaky"


class Broken(Token):
    """Raises, and quotes the value."""

    def operate(self, text, params=None):
        raise RuntimeError(text)

    def operator_name(self):
        return "acme_broken"


class Odd(Token):
    """Answers no text."""

    def operate(self, text, params=None):
        return 7

    def operator_name(self):
        return "acme_odd"


class Misnamed(Token):
    """Calls itself otherwise than its entry point."""
