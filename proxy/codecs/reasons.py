"""Why it is harmless that a translation leaves something out: reasons that several dialects give."""

from __future__ import annotations

WHOSE = "names the end user to a provider with which the caller has no account here"
CACHE = "tells what to keep for the next request of the same beginning; the answer is the same"
SCHEDULING = "tells how a provider schedules the request"
EFFORT = "tunes how long the model thinks and how much it says, by names that other models do not have"
CITED = "tells where words were found, or asks for that; the words stand"
STRICT = "whoever reads arguments or an answer checks them against the schema anyway"
FAILED = "a result that failed says so in its words"
NAMED = "a name of the schema for people; the schema says what is asked"
#: Members of the records for which an API has a schema alone, and no word beside it.
SCHEMA_ALONE = {"Format.name": NAMED, "Format.description": NAMED, "Format.strict": STRICT}
