"""Wherever a reply of any dialect holds a pseudonym, the caller gets the original, and what is signed stays."""

from __future__ import annotations

import json

import orjson
import pytest

from proxy.codecs.kept_api import KeptApi
from testing.dialects import planting, stand
from testing.dialects.samples import every, is_kept, pointers
from testing.dialects.spoilt import places_of
from testing.examples import share
from testing.fakes import SSN

#: What makes something that is kept is told of it by a handle: see ``tests/integration/vault``.
SERVED = [pytest.param(api, sample, id=api.name) for api, sample in every() if not isinstance(api, KeptApi)]
FOREIGN = planting.FOREIGN


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_a_reply_is_delivered_as_it_came_where_nothing_is_to_change(api, sample):
    for reply in sample.replies:
        made = stand.call(api, sample, sample.requests[0], lambda _sent, reply=reply: [orjson.dumps(reply)])
        assert (made.client.status, orjson.loads(made.client.body)) == (200, reply)


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_the_caller_gets_originals_back_in_every_place_of_a_reply(api, sample):
    request, name = stand.pseudonym(api, sample)
    for reply in sample.replies:
        kept = pointers(reply, (*sample.kept, *sample.masked))
        for keys in stand.leaves(reply):
            before = stand.at(reply, keys)
            said, wanted = (stand.planted(reply, keys, stand.text(value, before)) for value in (name, SSN))
            made = stand.call(api, sample, request, lambda _sent, said=said: [orjson.dumps(said)])
            assert made.client.status == 200, keys
            assert orjson.loads(made.client.body) == (said if is_kept(keys, kept) else wanted), keys


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_what_only_lenient_writers_write_stays_beside_anything(api, sample):
    request, name = stand.pseudonym(api, sample)
    for reply in sample.replies:
        kept = pointers(reply, (*sample.kept, *sample.masked))
        for keys in share([keys for keys in stand.leaves(reply) if not is_kept(keys, kept)]):
            before = stand.at(reply, keys)
            plain = json.dumps(stand.planted(reply, keys, stand.text("a", before))).encode()
            as_it_came = stand.call(api, sample, request, lambda _sent, plain=plain: [plain]).client.body == plain
            for value, wanted in (("a", "a"), (name, SSN)):
                said, as_wanted = (
                    json.dumps(stand.planted(reply, keys, stand.text(text, before) + "\ud83d"))
                    for text in (value, wanted)
                )
                made = stand.call(api, sample, request, lambda _sent, said=said: [said.encode()])
                assert json.loads(made.client.body) == json.loads(as_wanted), keys
                assert not as_it_came or value != wanted or made.client.body == said.encode()


@pytest.mark.parametrize(("api", "sample"), SERVED)
@pytest.mark.parametrize("notation", planting.REPLIES)
def test_a_value_of_somebody_else_is_taken_out_in_every_place_of_a_reply(api, sample, notation):
    for reply in sample.replies:
        kept = pointers(reply, sample.kept)
        for keys in share(share([keys for keys in places_of(reply)[1:] if not is_kept(keys, kept)])):
            if (said := planting.planted(reply, keys, notation)) is not None:
                made = stand.call(api, sample, sample.requests[0], lambda _sent, said=said: [said])
                assert not planting.holds(made.client.body), keys


@pytest.mark.parametrize(("api", "sample"), SERVED)
@pytest.mark.parametrize("status", [400, 404, 422])
def test_the_text_of_a_targets_error_is_never_passed_on(api, sample, status):
    def answer(outbound):
        return [orjson.dumps({"error": {"message": f"about {FOREIGN}"}})]

    made = stand.call(api, sample, sample.requests[0], answer, status=status)
    assert made.client.status >= status
    assert FOREIGN.encode() not in made.client.body
    assert {"error", "message"} & set(orjson.loads(made.client.body))
