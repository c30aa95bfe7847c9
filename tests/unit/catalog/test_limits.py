from __future__ import annotations

import pytest
from pydantic import ValidationError

from proxy.catalog.limits import LimitEntry, compiled, unique
from proxy.core.limits import REQUESTS, TOKENS

ENTRY = {"id": "crm", "by": ["service", "model"], "per": "minute", "requests": 60, "tokens": 9000, "models": ["gpt-*"]}


def test_an_entry_is_a_limit_of_each_unit():
    requests, tokens = compiled([LimitEntry(**ENTRY, database_away="admit")])
    assert (requests.unit, requests.most, tokens.unit, tokens.most) == (REQUESTS, 60, TOKENS, 9000)
    assert (tokens.by, tokens.only, tokens.per) == (("service", "model"), {"model": ("gpt-*",)}, "minute")
    assert requests.admits_unasked
    assert not next(compiled([LimitEntry(**ENTRY)])).admits_unasked


@pytest.mark.parametrize(
    ("change", "message"),
    [({"requests": None, "tokens": None}, "limits nothing"), ({"requests": 0}, "greater than or equal to 1"),
     ({"per": "week"}, "'minute', 'hour' or 'day'"), ({"by": []}, "at least 1 item"), ({"by": ["user"]}, "'key', 'service'"),
     ({"id": "two words"}, "match pattern"), ({"tenant": "acme"}, "not permitted"), ({"tenants": []}, "at least 1 item")],
)  # fmt: skip
def test_what_is_no_limit_is_refused(change, message):
    entry = {name: value for name, value in (ENTRY | change).items() if value is not None}
    with pytest.raises(ValidationError, match=message):
        LimitEntry(**entry)


def test_ids_are_unique():
    with pytest.raises(ValueError, match="'crm' is repeated"):
        unique([LimitEntry(**ENTRY), LimitEntry(**ENTRY)])
