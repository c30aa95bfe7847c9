"""Reasons why omitting something from a translation is harmless, where several dialects give them."""

from __future__ import annotations

WHOSE = "names the end user to a provider with which the caller has no account here"
CACHE = "tells what to keep for the next request of the same beginning; the answer is the same"
SCHEDULING = "tells how a provider schedules the request"
EFFORT = "tunes how long the model thinks and how much it says, by names that other models do not have"
CITED = "tells where words were found, or asks for that; the words remain"
STRICT = "readers of arguments and answers check them against the schema anyway"
FAILED = "a result that failed says so in its words"
NAMED = "a name of the schema for people; the schema itself is translated"
#: Members that an API cannot express which takes a schema alone.
SCHEMA_ALONE = {"Format.name": NAMED, "Format.description": NAMED, "Format.strict": STRICT}
