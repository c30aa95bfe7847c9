"""Every text of a reply is said to stand where its dialect has it: in words, in an address, in what a tool receives."""

from __future__ import annotations

import json

import orjson
import pytest

from proxy.core.replies.position import Role
from testing.dialects import stand
from testing.dialects.samples import every, is_kept, pointers
from testing.dialects.streams import Stream
from testing.examples import share

MARK = "quince jelly"
SERVED = [pytest.param(api, sample, id=api.name) for api, sample in every()]
STREAMED = [pytest.param(api, sample, id=api.name) for api, sample in every() if sample.streams]


def tool_at(document, keys, calls):
    """Return the tool that receives what stands at keys, "" for none."""
    return next((tool for path, tool in calls.items() if is_kept(keys, pointers(document, [path]))), "")


def role(document, keys, sample):
    if tool_at(document, keys, sample.calls):
        return Role.ARGUMENTS
    return Role.ADDRESS if is_kept(keys, pointers(document, sample.addresses)) else Role.WORDS


def marked(document, keys):
    before = stand.at(document, keys)
    return stand.planted(document, keys, json.dumps({"who": MARK}) if before.lstrip()[:1] == "{" else MARK)


@pytest.mark.parametrize(("api", "sample"), SERVED)
def test_whole_replies(api, sample):
    for reply in sample.replies:
        for keys in stand.leaves(reply):
            texts = api.texts(orjson.dumps(marked(reply, keys)))
            for position in {one.position for one in texts if MARK in one.text}:
                assert (position.role, position.tool) == (role(reply, keys, sample), tool_at(reply, keys, sample.calls))


class Noted:
    """A filter that notes which texts stand where."""

    def __init__(self, position, notes):
        self.position, self.notes, self.text = position, notes, ""

    def feed(self, text):
        self.text += text
        return text

    def flush(self):
        self.notes.append((self.text, self.position))
        return ""


@pytest.mark.parametrize(("api", "sample"), STREAMED)
def test_texts_beside_what_grows(api, sample):
    stream = Stream(api, sample)
    for events in sample.streams:
        for number, (name, event) in enumerate(events):
            for keys in share(stand.leaves(event)):
                notes = []
                rewriter = api.stream(lambda position, notes=notes: Noted(position, notes))
                try:
                    rewriter.feed(
                        stream.written([*events[:number], (name, marked(event, keys)), *events[number + 1 :]])
                    )
                    rewriter.finish()
                except Exception:  # noqa: BLE001 - a word that says what the event is
                    continue
                for position in {one for text, one in notes if MARK in text}:
                    assert (position.role is Role.ADDRESS) == is_kept(keys, pointers(event, sample.addresses)), keys


@pytest.mark.parametrize(("api", "sample"), STREAMED)
def test_what_grows_for_a_tool_names_it(api, sample):
    notes = []
    for events in sample.streams:
        rewriter = api.stream(lambda position: Noted(position, notes))
        rewriter.feed(Stream(api, sample).written(events))
        rewriter.finish()
    received = {(text, position.tool) for text, position in notes if position.role is Role.ARGUMENTS}
    assert {tool for _, tool in received} == set(sample.tools)
    if sample.tools:
        assert not any('"who"' in text for text, position in notes if position.role is not Role.ARGUMENTS)
