"""Tables of requests and replies of TensorFlow Serving. Names of tensors and features are texts."""

from __future__ import annotations

from proxy.codecs.members import Members, any_of
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable

_KEYS = frozenset("signature_name instances inputs context examples b64".split())


def _table(members: str) -> RequestTable:
    return RequestTable(members=Members(any_of(members)), keys=_KEYS, model="", stream="")


PREDICT = _table("signature_name instances inputs")
EXAMPLES = _table("signature_name context examples")

_ANYTHING = (list, dict, str, int, float)


def _reply(*names: str) -> ReplyTable:
    """Return the table of replies with the model's output in one member."""
    return ReplyTable(structural=frozenset(), needs=dict.fromkeys(names, _ANYTHING), free=names)


PREDICT_REPLY = _reply("predictions", "outputs")
EXPLAIN_REPLY = _reply("explanations", "predictions", "data", "meta")
EXAMPLES_REPLY = _reply("results", "result")
DESCRIPTION = ReplyTable(
    structural=frozenset({"name", "dtype", "version", "state", "error_code", "signature_name", "method_name"}),
    needs={"model_version_status": list, "model_spec": dict},
)
