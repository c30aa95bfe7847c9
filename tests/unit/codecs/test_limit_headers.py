from __future__ import annotations

from proxy.codecs.limit_headers import anthropic_headers, limit_headers, openai_headers
from proxy.core.limits import REQUESTS, TOKENS, Limit, LimitStanding

STANDINGS = [
    LimitStanding(Limit("crm", REQUESTS, 600, "minute", ("service",)), 12, 8.2, 1_790_000_040),
    LimitStanding(Limit("all", REQUESTS, 100_000, "day", ("tenant",)), 90_000, 3600.0, 1_790_035_200),
    LimitStanding(Limit("all", TOKENS, 1_000_000, "hour", ("tenant",)), 0, 61.0, 1_790_002_800),
]


def test_every_dialect_has_those_of_the_draft():
    assert limit_headers(STANDINGS) == {
        "ratelimit-policy": '"crm-requests";q=600;w=60, "all-requests";q=100000;w=86400, "all-tokens";q=1000000;w=3600',
        "ratelimit": '"crm-requests";r=12;t=9, "all-requests";r=90000;t=3600, "all-tokens";r=0;t=61',
    }


def test_openais_clients_read_the_tightest():
    told = openai_headers(STANDINGS)
    assert {name.removeprefix("x-ratelimit-"): text for name, text in told.items() if name.startswith("x-")} == {
        "limit-requests": "600", "remaining-requests": "12", "reset-requests": "9s",
        "limit-tokens": "1000000", "remaining-tokens": "0", "reset-tokens": "61s",
    }  # fmt: skip


def test_anthropics_read_when_it_begins_anew():
    told = anthropic_headers(STANDINGS)
    assert told["anthropic-ratelimit-requests-remaining"] == "12"
    assert told["anthropic-ratelimit-tokens-limit"] == "1000000"
    assert told["anthropic-ratelimit-requests-reset"] == "2026-09-21T14:14:00Z"


def test_without_limits_there_are_none():
    assert limit_headers([]) == openai_headers([]) == anthropic_headers([]) == {}
