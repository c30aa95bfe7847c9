"""Whatever a request of any dialect holds, wherever it stands: a third party never sees it."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from proxy.codecs import places
from proxy.codecs.batches.kept import KeptBatches
from testing.dialects import planting, stand
from testing.dialects.encodings import JSON_BODY
from testing.dialects.samples import every, is_one_text, without
from testing.dialects.stand import NUMBER
from testing.examples import examples, share
from testing.fakes import SSN

SERVED = [pytest.param(api, sample, id=api.name) for api, sample in every()]
REFUSED = {400, 403, 451}


def test_every_api_has_samples():
    assert without() == []


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_samples_show_what_an_api_does(api, sample):
    assert sample.requests
    assert sample.replies
    apart = is_one_text(api) or isinstance(api, KeptBatches)  # whose stream is lines of results
    assert bool(sample.streams) is (bool(api.streams) and not apart)


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_a_request_is_served_and_leaves_as_it_came_where_nothing_is_found(api, sample):
    made = stand.call(api, sample, sample.requests[0])
    assert made.client.status == 200, made.client.body
    wanted = dict(sample.requests[0])
    sent = sample.encoded.read(made.sent.wire.body, made.sent.wire.media)
    model = (sample.table or api.request).model
    if model:
        assert sent.pop(model) == "theirs"
        del wanted[model]
    assert sent == wanted


def shown(made):
    """Refused before anything left, or sent without the value."""
    if made.sent is None:
        assert made.client.status in REFUSED, made.client.body
    assert SSN not in made.seen
    assert str(NUMBER) not in made.seen
    assert made.sent is not None or SSN.encode() not in made.client.body
    return made.sent is not None


@pytest.mark.parametrize(("api", "sample"), SERVED)
@pytest.mark.parametrize("how", ["whole", "inside", "json", "key", "number"])
def test_a_value_in_any_place_of_a_request_never_leaves(api, sample, how):
    served = 0
    for request in sample.requests:
        for keys in stand.leaves(request):
            before = stand.at(request, keys)
            value = {"whole": SSN, "inside": f"{before} {SSN} {before}", "json": json.dumps({"a": [f"{SSN} "]}),
                     "key": {SSN: "x"}, "number": [NUMBER, 1]}[how]  # fmt: skip
            served += shown(stand.call(api, sample, stand.planted(request, keys, value)))
    assert served, "nothing of the sample was sent at all: it proves nothing"


@pytest.mark.parametrize(("api", "sample"), [one for one in SERVED if one.values[1].encoded is JSON_BODY])
@pytest.mark.parametrize("notation", planting.REQUESTS)
def test_a_value_in_any_notation_never_leaves(api, sample, notation):
    for request in sample.requests:
        for keys in share(stand.leaves(request)):
            if (body := planting.planted(request, keys, notation)) is not None:
                assert not planting.holds(stand.call(api, sample, body).seen), keys


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_a_member_that_nobody_knows_is_refused_or_read_in_any_place(api, sample):
    for request in sample.requests:
        for keys in stand.objects(request):
            for name, value in (("field of tomorrow", f"of {SSN}"), (SSN, "x"), ("data", SSN), ("signature", SSN)):
                made = stand.copied(request)
                stand.at(made, keys).setdefault(name, value)
                if made != request:
                    shown(stand.call(api, sample, made))


def value_strategy():
    texts = st.sampled_from([SSN, f"it is {SSN}.", json.dumps({"a": SSN}), "x", "data:text/plain," + SSN])
    scalars = texts | st.sampled_from([None, True, 5, NUMBER])
    keys = st.sampled_from(["type", "text", "id", "name", "content", "data", "source", "url", "other", SSN])
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2), max_leaves=4
    )


VALUES = value_strategy()


def part_of(table, kind, members, draw):
    """Return a content part of one type with values in its members."""
    known = members.by_name if members is not None else {"content": None, "data": None}
    made = {name: draw(VALUES) for name in known if draw(st.booleans())}
    if table.parts.discriminator:
        made[table.parts.discriminator] = kind
    else:
        made[kind] = draw(VALUES)
    return made


def insert(document, path, part):
    """Put a part into every list at a place of content parts, and one where there is none."""
    above, _, last = path.rpartition(".")
    holders = [one.node for one in places.at(document, above)] if above else [document]
    for holder in holders:
        if isinstance(holder, dict):
            held = holder.get(last.removesuffix("[*]"))
            holder[last.removesuffix("[*]")] = [*(held if isinstance(held, list) else []), part]


@st.composite
def requests(draw, table, base):
    """A request built from the tables: members that are known, content parts of every type, in every place."""
    made = stand.copied(base)
    for name in draw(st.lists(st.sampled_from(sorted(table.members.by_name)), max_size=4, unique=True)):
        if name != table.model:
            made[name] = draw(VALUES) if draw(st.booleans()) or name not in base else stand.copied(base[name])
    for name in draw(st.lists(st.sampled_from(sorted(table.keys)), max_size=2, unique=True)):
        if name != table.model and name not in made:
            made[name] = draw(VALUES)
    for path in table.parts.places:
        for kind in draw(st.lists(st.sampled_from(sorted(table.parts.kinds)), max_size=2)):
            part = table.parts.kinds[kind]
            insert(made, path, part_of(table, kind, part.members, draw))
    return made


def tables():
    for api, sample in every():
        for table, number in ((sample.table or api.request, 0), *sample.tables):
            yield pytest.param(api, sample, table, sample.requests[number], id=f"{api.name}-{number}")


@pytest.mark.parametrize(("api", "sample", "table", "base"), list(tables()))
@examples(20, *HealthCheck)
@given(st.data())
def test_no_request_made_of_the_tables_lets_a_value_through(api, sample, table, base, data):
    shown(stand.call(api, sample, data.draw(requests(table, base))))
