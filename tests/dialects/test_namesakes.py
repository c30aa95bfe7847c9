"""A person whose name is a word of the dialect's own hinders no request, and no text keeps the name."""

from __future__ import annotations

import re

import pytest

from proxy.core.findings import Finding
from testing.dialects import stand
from testing.dialects.samples import every
from testing.examples import share
from testing.fakes import FakeDetector

_WORD = re.compile(r"[^\W\d_]{4,}")
_FAMILY = "Dupontel"


class Detector(FakeDetector):
    """Finds people of one family."""

    def scan(self, text, tenant=""):
        found = re.finditer(rf"\w+ {_FAMILY}", text)
        return tuple(Finding("PERSON", match.start(), match.end(), 0.95, "fake") for match in found)


def vocabulary(api, request):
    """Return the words of a request's keys and short values, of the API's header options, paths and types."""
    words = set(_WORD.findall(" ".join(str(name) for name in (*api.endpoints, *getattr(api, "options", ())))))

    def walk(node):
        if isinstance(node, dict):
            for key, value in node.items():
                words.update(_WORD.findall(key))
                walk(value)
        elif isinstance(node, list):
            list(map(walk, node))
        elif isinstance(node, str) and len(node) < 40:
            words.update(_WORD.findall(node))

    walk(request)
    return sorted({word.title() for word in words} | {"Claude", "Theirs"})


def places_of_text(api, sample, request):
    """Return the places of a request at which a name is read as text."""
    for keys in stand.leaves(request):
        made = stand.call(api, sample, stand.planted(request, keys, f"ask Bertrand {_FAMILY} now"), detector=Detector())
        if made.client.status == 200 and made.sent is not None:
            yield keys


@pytest.mark.parametrize(("api", "sample"), [pytest.param(api, sample, id=api.name) for api, sample in every()])
def test_a_namesake_of_the_dialect_is_served(api, sample):
    request = sample.requests[0]
    keys = next(places_of_text(api, sample, request), None)
    if keys is None:
        pytest.skip("no text")
    for word in share(vocabulary(api, request)):
        made = stand.call(api, sample, stand.planted(request, keys, f"ask {word} {_FAMILY} now"), detector=Detector())
        assert made.client.status == 200, (word, made.client.body)
        assert _FAMILY not in made.seen
        assert f"ask {word} " not in made.seen
