"""Streams of every dialect, however their texts and bytes are divided: the caller gets what the whole reply would say."""

from __future__ import annotations

import itertools
import json

import pytest

from proxy.codecs import places
from proxy.codecs.framing import Frame
from proxy.core.replies.reply import ReplyFilters
from proxy.errors import UpstreamError
from testing.dialects import planting, stand, streams
from testing.dialects.samples import every, is_kept, is_one_text, pointers
from testing.dialects.spoilt import places_of
from testing.examples import cuts, share
from testing.fakes import SSN
from tests.dialects.test_replies import FOREIGN

EVENTS = "text/event-stream"
SERVED = [pytest.param(api, sample, id=api.name) for api, sample in every() if sample.streams]
PLAIN = [pytest.param(api, sample, id=api.name) for api, sample in every() if is_one_text(api)]
NAME, ORIGINAL = "Name_BCDFGHJKLM", 'Ada "B\\yron"'


class Stream(streams.Stream):
    def filtered(self, raw, *places, make=None):
        stream = self.api.stream(make or filters)
        chunks = [raw[begin:end] for begin, end in itertools.pairwise((0, *places, len(raw)))]
        return b"".join([*map(stream.feed, chunks), stream.finish()])


#: Those in which texts grow: elsewhere each event says its texts as a whole.
GROWING = [
    one for one in SERVED
    if any(found for events in one.values[1].streams for _, found in Stream(*one.values).pieces(events))
]  # fmt: skip


def same(one, other):
    """Whether two streams say the same: once or several times, in one piece or in several."""
    places_ = one[1].keys() | other[1].keys()
    pairs = [(one[1].get(key, []), other[1].get(key, [])) for key in places_]
    return one[0] == other[0] and all(set(a) == set(b) or "".join(a) == "".join(b) for a, b in pairs)


def filters(position):
    return ReplyFilters({NAME: ORIGINAL}, frozenset({"US_SSN"}), stand.Detector().scan).make(position)


@pytest.mark.parametrize(("api", "sample"), GROWING)
def test_every_division_of_every_text_gives_the_original(api, sample):
    stream = Stream(api, sample)
    for events in sample.streams:
        for cut in range(len(json.dumps({"who": NAME})) + 1):

            def parts(piece, cut=cut):
                text = json.dumps({"who": NAME}) if piece.position.document else f"Dear {NAME}!"
                return text[:cut], text[cut:]

            channels, _ = stream.said(stream.events(stream.filtered(stream.written(stream.divided(events, parts)))))
            assert channels
            for text in channels.values():
                assert text == f"Dear {ORIGINAL}!" or json.loads(text) == {"who": ORIGINAL}


@pytest.mark.parametrize(("api", "sample"), GROWING)
def test_halves_of_a_character_in_two_events_come_together(api, sample):
    stream = Stream(api, sample)

    def parts(piece):
        open_, end = ('{"a":"', '"}') if piece.position.document else ("", "")
        return f"{open_}{NAME} \ud83d", f"\ude00 \ud800{end}"

    for events in sample.streams:
        divided = [(name, json.dumps(event).encode()) for name, event in stream.divided(events, parts)]
        channels, _ = stream.said(stream.events(stream.filtered(stream.written(divided))))
        assert channels
        assert all(text.endswith(('B\\yron" 😀 \ud800', 'B\\\\yron\\" 😀 \ud800"}')) for text in channels.values())


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_every_division_of_the_bytes_gives_the_same_bytes(api, sample):
    stream = Stream(api, sample)
    for events in sample.streams:
        raw = stream.written(
            stream.divided(
                events,
                lambda piece: (
                    ('{"a":"Name_BC', 'DFGHJKLM"}') if piece.position.document else ("Name_BC", f"DFGHJKLM {FOREIGN}")
                ),
            )
        )
        whole = stream.filtered(raw)
        assert NAME.encode() not in whole
        assert FOREIGN.encode() not in whole
        assert stream.filtered(raw, *range(1, len(raw))) == whole
        for cut in cuts(len(raw), 7):
            assert stream.filtered(raw, cut) == whole, cut


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_the_caller_gets_originals_back_in_every_place_of_an_event(api, sample):
    stream = Stream(api, sample)
    for events in sample.streams:
        for number, (name, event) in enumerate(events):
            kept = pointers(event, (*sample.kept_events, *sample.addresses))
            grown = {id(piece.holder): piece.key for _, found in stream.pieces([(name, event)]) for piece in found}
            for keys in stand.leaves(event):
                before = stand.at(event, keys)
                if grown.get(id(stand.at(event, keys[:-1]))) == keys[-1]:
                    continue  # a piece of a text: see above
                said, wanted = (
                    [
                        *events[:number],
                        (name, stand.planted(event, keys, stand.text(value, before))),
                        *events[number + 1 :],
                    ]
                    for value in (NAME, ORIGINAL)
                )
                try:
                    made = stream.said(stream.events(stream.filtered(stream.written(said))))
                except (ValueError, UpstreamError):
                    continue  # a word that says what the event is
                assert same(made, stream.said(said if is_kept(keys, kept) else wanted)), (number, keys)


@pytest.mark.parametrize(("api", "sample"), SERVED)
@pytest.mark.parametrize("notation", planting.REPLIES)
def test_a_value_of_somebody_else_is_taken_out_in_every_place_of_an_event(api, sample, notation):
    stream = Stream(api, sample)
    for events in sample.streams:
        for number, (name, event) in enumerate(events):
            kept = pointers(event, sample.kept_events)
            for keys in share(share([keys for keys in places_of(event)[1:] if not is_kept(keys, kept)])):
                if (said := planting.planted(event, keys, notation)) is not None:
                    raw = stream.written([*events[:number], (name, said), *events[number + 1 :]])
                    media = stream.framing.media[0]
                    made = stand.call(
                        api, sample, sample.requests[0], lambda _sent, raw=raw: [raw], media, streamed=True
                    )
                    assert not planting.holds(made.client.body), (number, keys)


@pytest.mark.parametrize(("api", "sample"), [one for one in SERVED if Stream(*one.values).framing.media[0] == EVENTS])
@pytest.mark.parametrize("line", [b": of %s\n", b"id: %s\n", b"event: %s\n", b"retry: %s\n", b"other: %s\n"])
def test_a_value_of_somebody_else_is_taken_out_between_events(api, sample, line):
    for events in sample.streams:
        raw = Stream(api, sample).written(events)
        for said in (
            line % FOREIGN.encode() + raw,
            line % FOREIGN.encode() + b"\n" + raw,
            raw + line % FOREIGN.encode(),
        ):
            made = stand.call(api, sample, sample.requests[0], lambda _sent, said=said: [said], EVENTS, streamed=True)
            assert FOREIGN.encode() not in made.client.body


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_a_stream_goes_through_the_proxy_and_comes_back_whole(api, sample):
    stream = Stream(api, sample)
    request, name = stand.pseudonym(api, sample)
    for events in sample.streams:

        def answer(_outbound, events=events):
            raw = stream.written(
                stream.divided(
                    events,
                    lambda piece: (
                        (f'{{"who": "{name[:4]}', f'{name[4:]}"}}') if piece.position.document else (name[:4], name[4:])
                    ),
                )
            )
            return [raw[at : at + 7] for at in range(0, len(raw), 7)]

        made = stand.call(api, sample, request, answer, stream.framing.media[0], streamed=True)
        assert made.client.ended == "clean"
        channels, _ = stream.said(stream.events(made.client.body))
        said = {json.loads(text)["who"] if text[:1] == "{" else text for text in channels.values()}
        assert said == ({SSN} if [api, sample] in [[*one.values] for one in GROWING] else set())


@pytest.mark.parametrize(("api", "sample"), SERVED)
@pytest.mark.parametrize("make", [filters, None])
def test_a_stream_that_breaks_off_never_looks_complete(api, sample, make):
    stream = Stream(api, sample)
    for events in sample.streams:
        for number in range(1 if sample.unmarked else len(events)):
            raw = stream.written(events[:number]).removesuffix(sample.ending)
            rewriter = api.stream(make)
            rewriter.feed(raw)
            if not (rewriter.complete or stream.may_end(events[:number])):
                with pytest.raises(ValueError):
                    rewriter.finish()


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_a_stream_in_which_nothing_changes_says_the_same(api, sample):
    stream = Stream(api, sample)
    for events in sample.streams:
        raw = stream.written(events)
        assert same(stream.said(stream.events(stream.filtered(raw))), stream.said(events))
        rewriter = api.stream(None)
        assert rewriter.feed(raw) + rewriter.finish() == raw


def pieces(api, *texts):
    encode = api.framing.encoder()
    return b"".join(encode(Frame(), text.encode()) for text in texts)


def text_of(api, raw):
    parser = api.framing.parser()
    return "".join(one.data.decode() for one in (*parser.feed(raw), *parser.finish()) if one.data)


@pytest.mark.parametrize(("api", "sample"), PLAIN)
def test_every_division_of_a_stream_that_is_one_text_gives_the_original(api, sample):
    said = f"Dear {NAME}, here is what Zoë said: {FOREIGN}."
    wanted = f"Dear {ORIGINAL}, here is what Zoë said: "
    divided = [pieces(api, said[:cut], said[cut:]) for cut in range(len(said) + 1)]
    raw = divided[len(wanted) // 2]
    for one, cut in [*((one, 0) for one in divided), *((raw, cut) for cut in range(len(raw) + 1))]:
        stream = api.stream(filters, api.framing.media[0])
        made = text_of(api, stream.feed(one[:cut]) + stream.feed(one[cut:]) + stream.finish())
        assert made.startswith(wanted)
        assert FOREIGN not in made
    stream = api.stream(None)
    assert stream.feed(raw) + stream.finish() == raw


@pytest.mark.parametrize(("api", "sample"), PLAIN)
def test_a_stream_that_is_one_text_goes_through_the_proxy(api, sample):
    request, name = stand.pseudonym(api, sample)
    said = [pieces(api, f"Dear {name[:5]}"), pieces(api, f"{name[5:]}!")]
    made = stand.call(api, sample, request, lambda _sent: said, api.framing.media[0], streamed=True)
    assert (made.client.ended, text_of(api, made.client.body)) == ("clean", f"Dear {SSN}!")


def test_paths_of_what_is_kept_lead_somewhere():
    for api, sample in every():
        events = [event for stream in sample.streams for _, event in stream]
        for path in sample.kept:
            assert any(list(places.at(reply, path)) for reply in sample.replies), (api.name, path)
        for path in sample.kept_events:
            assert any(list(places.at(event, path)) for event in events), (api.name, path)
        for path in sample.addresses:
            assert any(list(places.at(said, path)) for said in (*events, *sample.replies)), (api.name, path)
