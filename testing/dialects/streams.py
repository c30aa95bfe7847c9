"""Reads and writes the streams of one API, so that texts can be planted in them."""

from __future__ import annotations

import json

import orjson

from proxy.codecs.framing import Frame
from testing.dialects import stand


class Stream:
    """Reads and writes the streams of one API."""

    def __init__(self, api, sample):
        self.api, self.sample = api, sample
        self.framing = sample.framing or api.framing
        self.shape = sample.shape or api.shape

    def written(self, events):
        encode = self.framing.encoder()
        data = [(name, event if isinstance(event, bytes) else orjson.dumps(event)) for name, event in events]
        made = [encode(Frame(name=name), event) for name, event in data]
        return b"".join([self.sample.beginning, *made, self.sample.ending])

    def events(self, raw):
        parser = self.framing.parser()
        return [(one.name, json.loads(one.data)) for one in (*parser.feed(raw), *parser.finish()) if one.data]

    def said(self, events):
        """Return the whole text of every channel, and what is said at every place beside."""
        shape, channels, beside = self.shape(), {}, {}
        for name, event in stand.copied(events):
            for piece in shape.read(name, event).pieces:
                channels[piece.channel] = channels.get(piece.channel, "") + piece.holder.pop(piece.key)
            for keys in stand.leaves(event):
                beside.setdefault((event.get("type"), keys), []).append(stand.at(event, keys))
        return channels, beside

    def pieces(self, events):
        """Return (number of the event, its pieces) of those that hold some."""
        shape = self.shape()
        return [(number, shape.read(name, event).pieces) for number, (name, event) in enumerate(events)]

    def may_end(self, events):
        """Whether events say that a body that ends after them is a whole reply."""
        shape = self.shape()
        told = [shape.read(name, event).whole for name, event in stand.copied(events)]
        return next((one for one in reversed(told) if one is not None), False)

    def divided(self, events, texts):
        """Return the events with other texts in their channels, in pieces of the given division."""
        made, seen, shape = [], set(), self.shape()
        for name, event in stand.copied(events):
            found = shape.read(name, event).pieces
            for piece in found:
                piece.holder[piece.key] = ""
            made.append((name, event))
            for piece in found:
                if piece.channel not in seen:
                    seen.add(piece.channel)
                    made += [shape.tail(piece.channel, part) for part in texts(piece)]
        return made
