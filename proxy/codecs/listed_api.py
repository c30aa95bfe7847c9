"""An API whose replies may be arrays: one is read and rewritten as the only member of an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from proxy.codecs import reply as replies
from proxy.codecs.api import TableApi
from proxy.codecs.base import FilterFactory

#: The member under which a table finds an array.
ARRAY = "array"


@dataclass(slots=True, eq=False)
class ListedApi(TableApi):
    """Implements ``Api``. ``ReplyTable.needs`` says whether arrays (``ARRAY``), objects or both are replies."""

    def texts(self, reply: bytes) -> list[str]:
        """Return every text of a whole reply.

        Raises:
            ValueError: it is none of this API.

        """
        return replies.texts(_object(reply), self.reply)

    def rewrite(self, reply: bytes, make_filter: FilterFactory) -> bytes:
        """Return a whole reply with every text filtered."""
        made: dict[str, Any] = orjson.loads(replies.rewrite(_object(reply), make_filter, self.reply))
        return orjson.dumps(made[ARRAY] if _is_array(reply) else made)


def _is_array(reply: bytes) -> bool:
    return reply.lstrip()[:1] == b"["


def _object(reply: bytes) -> bytes:
    return b'{"%b":%b}' % (ARRAY.encode(), reply) if _is_array(reply) else reply
