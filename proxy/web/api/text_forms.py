"""Texts of a form that bodies of operations have: what does not fit is refused in words, not by a pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class TextForm:
    """The annotation of a text: its pattern for machines, in words for people, and the most characters."""

    pattern: str
    words: str
    longest: int | None = None

    def check(self, text: str) -> str:
        """Return a text that has this form.

        Raises:
            ValueError: it has not; the message is the form in words.

        """
        if re.fullmatch(self.pattern, text, re.ASCII) is None or (self.longest and len(text) > self.longest):
            raise ValueError(self.words)
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the text is one."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Say the pattern to machines."""
        longest = {"maxLength": self.longest} if self.longest else {}
        return {**handler(schema), **longest, "pattern": f"^{self.pattern}$"}


TICKET = TextForm(
    "[A-Za-z0-9._:/-]{1,64}", "use letters without accents, digits and . _ : / - without spaces, at most 64 characters"
)
REVISION = TextForm("[0-9a-f]{20}", "a revision has 20 characters of 0-9 and a-f")
REGION = TextForm("[A-Z]{2}(-[A-Z0-9]{1,3})?", "a region is a code of ISO 3166, such as DE or US-CA")
SINCE = TextForm("[0-9][0-9A-Za-z:.+ -]{0,39}", "write 24h, 7d, 2w, or a date or time such as 2026-12-31")
EXCHANGE_ID = TextForm("[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", "this is not the id of an exchange")
LAPSE = TextForm("([a-z_]+=.+)?", "write what lapses as KIND=PROVIDER, such as scc=openai", 200)
FALL = TextForm(
    "([a-z]+:[A-Z]{2,3}=\\d{4}-\\d\\d-\\d\\d)?", "write what falls as LIST:PLACE=DATE, such as eu:GB=2027-01-01"
)
FORMS = (TICKET, REVISION, REGION, SINCE, EXCHANGE_ID, LAPSE, FALL)
