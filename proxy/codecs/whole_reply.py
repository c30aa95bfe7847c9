"""A whole reply, read once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from proxy.codecs import loose, numbers, pointer, reply
from proxy.codecs.base import FilterFactory
from proxy.codecs.pointer import Closed
from proxy.codecs.reply import ReplyTable
from proxy.codecs.sites import LeafTable, Site
from proxy.codecs.usage import Meter
from proxy.core.replies.position import ReplyText


class WholeReply:
    """A whole reply, parsed and walked once: its texts, what is sealed in it, and how it is written filtered."""

    __slots__ = ("_closed", "_read", "_render", "_usage", "body", "document", "texts")

    def __init__(
        self,
        body: bytes,
        document: dict[str, Any],
        table: ReplyTable,
        render: Callable[[dict[str, Any]], bytes] = numbers.dumps,
    ) -> None:
        """``document`` is what ``body`` means, ``render`` writes such a document.

        Raises:
            ValueError: nested too deep, or too many texts.

        """
        self.body, self.document, self._render, self._usage = body, document, render, table.usage
        leaves, self._closed, signed = pointer.replied(document, table.root, reply.READABLE)
        tool = reply.tool_of(document, table)
        self._read = reply.texts_at(leaves, document, tool)
        read = self._read + reply.texts_at(signed, document, tool) if signed else self._read  # signed ones never change
        self.texts: list[ReplyText] = [text for _, text in read if text.text]

    def count(self, meter: Meter) -> None:
        """Let a meter take what the reply says that it used."""
        meter.whole(self.body, self.document, self._usage)

    def sealed(self) -> list[str]:
        """Return every text that its maker has signed or encrypted."""
        return [text for _, node in sealed_in(self._closed) for text in sealed_texts(node)]

    def rewritten(self, make_filter: FilterFactory) -> bytes:
        """Return the reply with every text filtered."""
        changes = reply.new_values(self._read, self._closed, reply.filtering(make_filter))
        if not changes:
            return self.body
        written = self._render(pointer.replace(self.document, changes))
        return loose.written(written, halves=loose.halved(self.body))


def sealed_in(closed: Iterable[Closed]) -> Iterator[tuple[str, Any]]:
    """Yield key and content of what is sealed or signed."""
    for _, site, node in closed:
        if site.closed in reply.SEALS:
            yield str(site.keys[-1]), node


_UNNAMED = Site(LeafTable())


def sealed_texts(node: Any) -> list[str]:
    """Return the texts, keys and numbers of sealed content, as ``request.decode`` finds them when it comes back."""
    if isinstance(node, str) and pointer.nested(node) is None:
        return [node] if node else []
    return [leaf.text for leaf in pointer.walked([node], _UNNAMED) if leaf.text]
