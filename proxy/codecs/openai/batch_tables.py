"""Tables of files and batches kept by a target, and of the results of a batch."""

from __future__ import annotations

import re
from dataclasses import replace

from proxy.codecs.batches.results import below
from proxy.codecs.members import Members, any_of
from proxy.codecs.openai.apis import COMPLETIONS, MODERATIONS
from proxy.codecs.openai.responses_tables import RESPONSES_REPLY
from proxy.codecs.openai.tables import CHAT_REPLY
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable

_ANCHOR = re.compile(r"\d{4,7}")
#: The creation of a batch; its file is a reference (``proxy.core.state.kept``).
CREATED = RequestTable(
    members=Members(
        any_of("endpoint completion_window metadata") | {"output_expires_after": Members(any_of("anchor seconds"))}
    ),
    keys=frozenset("endpoint completion_window metadata output_expires_after anchor seconds".split()),
    words={"completion_window": frozenset({"24h"}), "anchor": frozenset({"created_at"})},
    parameters=frozenset({"output_expires_after.seconds"}),
    model="",
    stream="",
)
#: A file, a batch, or the confirmation that one was deleted.
KEPT = ReplyTable(
    structural=frozenset(
        """
        id object purpose status endpoint completion_window input_file_id output_file_id error_file_id model code param
        """.split()
    ),
    needs={"object": str},
    free=("metadata",),
)
_EMBEDDED = ReplyTable(structural=frozenset({"object", "model"}), needs={"data": list}, encoded=("data[*].embedding",))
_LINE = frozenset({"id", "request_id", "method", "url"})
_ANSWERS = {
    "chat.completion": CHAT_REPLY,
    "text_completion": COMPLETIONS.reply,
    "response": RESPONSES_REPLY,
    "list": _EMBEDDED,
    "": replace(MODERATIONS.reply, structural=MODERATIONS.reply.structural | {"type", "code", "param"}),
}
#: A line of results, by the kind of object in its answer.
RESULTS = {
    kind: below(table, "response.body", _LINE | {"code"}, needs={"custom_id": str}) for kind, table in _ANSWERS.items()
}
#: A line of a batch's own file: its whole body is the caller's.
SENT = ReplyTable(structural=_LINE, needs={"custom_id": str}, free=("body",))
