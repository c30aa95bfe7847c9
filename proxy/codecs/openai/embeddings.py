"""``POST /v1/embeddings``: the input is text like any other; the reply holds vectors.

Token arrays are refused, since they cannot be read. There is no place for a statement to the recipient: it would be
embedded with the input.
"""

from __future__ import annotations

from proxy.codecs import checks
from proxy.codecs.api import TableApi
from proxy.codecs.openai import tables
from proxy.codecs.openai.dialect import at
from proxy.codecs.reply import ReplyTable
from proxy.core.records import Operation

_UNREADABLE = (
    "; token arrays cannot be read, so send the text they stand for (LangChain: check_embedding_ctx_length=False)"
)
EMBEDDINGS = TableApi(
    "openai_embeddings", Operation.EMBEDDING, tables.EMBEDDINGS,
    ReplyTable(
        structural=frozenset({"object", "model"}), needs={"data": list}, encoded=("data[*].embedding",),
        usage=tables.USAGE,
    ),
    check=checks.texts("input", _UNREADABLE), **at("/embeddings"),
)  # fmt: skip
