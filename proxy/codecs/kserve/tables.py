"""Tables of requests and replies of the Open Inference Protocol."""

from __future__ import annotations

from proxy.codecs.members import ANYTHING, Members
from proxy.codecs.parts import PartTable
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable

#: Parameters by which a server keeps state between requests; all others are named by the model.
STATE = frozenset({"sequence_id", "sequence_start", "sequence_end"})
_PARAMETERS = Members({}, asks=STATE)
_FREE = Members({}, asks=frozenset())
_TENSOR = Members({"name": ANYTHING, "shape": ANYTHING, "datatype": ANYTHING, "data": ANYTHING, "parameters": _FREE})
_INFER = Members(
    {
        "id": ANYTHING,
        "model_name": ANYTHING,
        "parameters": _PARAMETERS,
        "inputs": _TENSOR,
        "outputs": Members({"name": ANYTHING, "parameters": _FREE}),
        "raw": ANYTHING,
    }
)
#: Any member besides ``text_input`` is an input of that name, else a parameter.
_GENERATE = Members({"text_input": ANYTHING, "id": ANYTHING, "parameters": _PARAMETERS, "inputs": _TENSOR}, asks=STATE)

_DATATYPES = frozenset("BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 FP32 FP64 BF16 BYTES".split())
_CONTENT_TYPES = frozenset({"str", "base64", "np", "pd", "pd_json", "datetime", "hg-json", "hg-jsonlist"})
_KEYS = frozenset(
    """
    id model_name parameters inputs outputs name shape datatype data raw binary_data_size binary_data binary_data_output
    classification content_type priority timeout sequence_id sequence_start sequence_end headers text_input stream
    max_tokens temperature top_p top_k stop stop_words bad_words random_seed seed beam_width repetition_penalty
    presence_penalty frequency_penalty length_penalty min_length do_sample details exclude_input_in_output
    exclude_input_from_output return_log_probs sampling_parameters
    """.split()
)
_WORDS = {"datatype": _DATATYPES, "content_type": _CONTENT_TYPES}
#: KServe's client names the model in the body too.
_NAMED = ("model_name",)
_NUMBERS = frozenset("parameters.priority parameters.timeout".split())
_SEEDS = frozenset("seed random_seed parameters.seed parameters.random_seed".split())

INFER = RequestTable(
    members=_INFER, keys=_KEYS, words=_WORDS, parameters=_NUMBERS, keeping=STATE, model="", named=_NAMED, stream=""
)
GENERATE = RequestTable(
    members=_GENERATE,
    keys=_KEYS,
    words=_WORDS,
    parameters=_NUMBERS | _SEEDS,
    chosen=_SEEDS,
    parts=PartTable(pictures=("image", "multi_modal_data.image")),
    keeping=STATE,
    model="",
    named=_NAMED,
    stream="",
)

_STRUCTURAL = frozenset({"model_name", "model_version", "datatype"})
INFER_REPLY = ReplyTable(structural=_STRUCTURAL, needs={"outputs": list}, free=("outputs[*].data",))
#: Log probabilities spell the unfiltered text, token by token.
_SPELLED = ("details.logprobs", "details.token", "details.tokens", "details.prefill")
GENERATE_REPLY = ReplyTable(
    structural=_STRUCTURAL,
    needs={"text_output": str, "model_name": str, "outputs": list},
    free=("outputs[*].data",),
    spelled=_SPELLED,
)
DESCRIPTION = ReplyTable(
    structural=frozenset({"name", "versions", "platform", "datatype"}), needs={"name": str, "platform": str}
)
