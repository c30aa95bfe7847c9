"""What a reply says that it used, counted alike in every dialect. Pure."""

from __future__ import annotations

from collections.abc import Mapping

#: What is counted: tokens of the request (of these read from a cache, and written to one), of the reply (of these
#: spent on reasoning), pictures made, pages read, searches, seconds of sound.
COUNTS = ("input", "cached", "written", "output", "reasoning", "images", "pages", "searches", "seconds")
#: What it costs, in millionths of the currency.
COST = "cost"
#: Name of a count -> number; one that is missing was not reported.
Counts = Mapping[str, int]
#: What a call used, and who counted.
Used = tuple[Counts, str]
#: Who counted: the target in its reply, this program by size, or nobody.
REPORTED, ESTIMATED, UNKNOWN = "reported", "estimated", "unknown"
#: Characters of a token, in most languages.
PER_TOKEN = 4


def tokens(counts: Counts) -> int:
    """Return the tokens of request and reply together."""
    return counts.get("input", 0) + counts.get("output", 0)


def estimated(counts: Counts, sent: int, received: int, events: int) -> Counts:
    """Return counts with tokens by size: characters sent, characters received or, in a stream, its events."""
    least = {"input": sent // PER_TOKEN, "output": events or received // PER_TOKEN}
    return {**least, **counts, "output": max(least["output"], counts.get("output", 0))} if counts else least
