"""Tables of requests and replies of llama.cpp's native APIs.

Sources: the README of its server and recorded replies (xllamacpp 2026.10). Omitted from the members on purpose, so that
they are features: ``lora`` (another model), ``id_slot`` (state of the server), ``response_fields`` and pictures.
"""

from __future__ import annotations

from dataclasses import replace

from proxy.codecs.members import Members, any_of
from proxy.codecs.openai.members import KNOWN
from proxy.codecs.openai.tables import CHAT, table
from proxy.codecs.reply import ARRAY, ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable
from proxy.core.records import Operation

#: A server serves one model and does not ask which: its name for routes.
MODEL = "llama.cpp"
_NATIVE = "top_n_sigma adaptive_target adaptive_decay n_indent"
_GAP = "input_prefix input_suffix"
_EXTRA = Members(any_of("filename text"))


def _table(members: Members, *keys: str) -> RequestTable:
    base = table(Operation.COMPLETION)
    return replace(base, members=members, keys=base.keys.union(members.by_name, keys), unnamed=MODEL)


_COMPLETION = Members({**KNOWN[Operation.COMPLETION].by_name, **any_of(_NATIVE)})
COMPLETION = _table(_COMPLETION)
INFILL = _table(Members({**_COMPLETION.by_name, **any_of(_GAP), "input_extra": _EXTRA}), "filename")
EMBEDDING = _table(Members(any_of("model content embd_normalize encoding_format")))
TOKENIZE = _table(Members(any_of("model content add_special parse_special with_pieces")))
TEMPLATE = replace(CHAT, unnamed=MODEL)

_STRUCTURAL = frozenset({"model", "stop_type"})
#: Tokens, as ids and with alternatives, spell the unfiltered text.
_SPELLED = ("tokens", "completion_probabilities")
_USAGE = UsageTable.of(
    input=f"tokens_evaluated | {ARRAY}[*].tokens_evaluated", output=f"tokens_predicted | {ARRAY}[*].tokens_predicted"
)
COMPLETED = ReplyTable(
    structural=_STRUCTURAL,
    needs={"content": str, ARRAY: list},
    spelled=(*_SPELLED, *(f"{ARRAY}[*].{name}" for name in _SPELLED)),
    usage=_USAGE,
)
EMBEDDED = ReplyTable(structural=_STRUCTURAL, needs={ARRAY: list})
TOKENIZED = ReplyTable(structural=_STRUCTURAL, needs={"tokens": list}, spelled=("tokens[*].piece",))
TEMPLATED = ReplyTable(structural=_STRUCTURAL, needs={"prompt": str})
