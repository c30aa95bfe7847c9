"""Reasons why omitting something from a translation is harmless, where several dialects give them."""

from __future__ import annotations

WHOSE = "names the end user to a provider with which the caller has no account here"
CACHE = "marks what to cache for the next request; the answer is the same"
SCHEDULING = "tunes how a provider schedules the request"
EFFORT = "tunes how long the model thinks and how much it says, in words of its own"
CITED = "names sources of the text, or asks for them; the text itself is translated"
STRICT = "readers of arguments and answers check them against the schema anyway"
FAILED = "the text of a failed result says so"
NAMED = "a name of the schema for people; the schema itself is translated"
#: Members that an API cannot express which takes a schema alone.
SCHEMA_ALONE = {"Format.name": NAMED, "Format.description": NAMED, "Format.strict": STRICT}
