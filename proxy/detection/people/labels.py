"""ContextWords before a place that a person's name fills: labels of forms and keys, and what closes a letter."""

from __future__ import annotations

from typing import Final

from proxy.detection.languages import words
from proxy.detection.text.context import ContextWords

#: Keys and labels whose value is somebody's name, by their last words, in the eight languages.
PEOPLE: Final = ContextWords(*words("people"))
#: Last words of what closes a letter; on the next line stands who wrote it.
CLOSINGS: Final = ContextWords(*words("closings"))
