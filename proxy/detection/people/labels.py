"""Context words before a slot for a person's name: labels of forms, keys, closings of letters."""

from __future__ import annotations

from typing import Final

from proxy.detection.languages import words
from proxy.detection.text.context import ContextWords

#: Keys and labels whose value is a person's name, by their last words.
PEOPLE: Final = ContextWords(*words("people"))
#: Closings of letters, by their last words; the sender's name is on the next line.
CLOSINGS: Final = ContextWords(*words("closings"))
