"""Tables of requests and replies of Hugging Face's servers for texts and embeddings.

Sources: the OpenAPI descriptions of text-generation-inference (TGI) and text-embeddings-inference (TEI), types of
``huggingface_hub`` 2.4. Omitted on purpose, so that it is a feature: ``adapter_id``, which is another model.
"""

from __future__ import annotations

from proxy.codecs.members import Members, any_of
from proxy.codecs.openai.tables import KNOWN_KEYS
from proxy.codecs.reply import ARRAY, ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable

_GRAMMAR = Members(any_of("type value"), frozenset({"json", "regex", "json_schema"}))
_PARAMETERS = Members(
    any_of(
        """
        best_of decoder_input_details details do_sample frequency_penalty max_new_tokens repetition_penalty
        return_full_text seed stop temperature top_k top_n_tokens top_p truncate typical_p watermark
        """
    )
    | {"grammar": _GRAMMAR}
)
_GENERATE = Members(any_of("inputs") | {"parameters": _PARAMETERS})
_ROOT = Members({**_GENERATE.by_name, **any_of("stream")})
_CUT = "truncate truncation_direction"
_EMBED = Members(any_of(f"inputs normalize dimensions prompt_name {_CUT}"))
_PREDICT = Members(any_of(f"inputs raw_scores {_CUT}") | {"parameters": Members(any_of("function_to_apply top_k"))})
_RERANK = Members(any_of(f"query texts raw_scores return_text {_CUT}"))
_TOKENIZE = Members(any_of("inputs add_special_tokens prompt_name"))
_SIMILARITY = Members(
    {
        "inputs": Members(any_of("source_sentence sentences")),
        "parameters": Members(any_of(f"prompt_name {_CUT}")),
    }
)
#: Keys of the servers themselves, and of JSON Schema in grammars.
KEYS = KNOWN_KEYS.union(
    _PARAMETERS.by_name,
    _ROOT.by_name,
    _EMBED.by_name,
    _PREDICT.by_name,
    _RERANK.by_name,
    _TOKENIZE.by_name,
    {"value", "sentences", "source_sentence", "function_to_apply"},
)
_WORDS = {
    "type": frozenset("json regex json_schema string number integer boolean object array null".split()),
    "truncation_direction": frozenset({"left", "right", "Left", "Right"}),
    "format": frozenset("email date date-time uuid uri time".split()),
}
#: A server serves one model and does not ask which: its name for routes.
TGI_MODEL, TEI_MODEL = "tgi", "tei"


def _table(members: Members, unnamed: str, stream: str = "") -> RequestTable:
    numbers = "seed max_new_tokens temperature top_k top_p truncate".split()
    return RequestTable(
        members=members,
        keys=KEYS,
        words=_WORDS,
        parameters=frozenset({"dimensions", *(f"parameters.{name}" for name in numbers)}),
        chosen=frozenset({"parameters.seed"}),
        model="",
        unnamed=unnamed,
        stream=stream,
    )


GENERATE, ROOT = _table(_GENERATE, TGI_MODEL), _table(_ROOT, TGI_MODEL, "stream")
TOKENIZE = _table(_TOKENIZE, TGI_MODEL)
EMBED, PREDICT = _table(_EMBED, TEI_MODEL), _table(_PREDICT, TEI_MODEL)
RERANK, SIMILARITY = _table(_RERANK, TEI_MODEL), _table(_SIMILARITY, TEI_MODEL)

_STRUCTURAL = frozenset({"finish_reason"})
_TOKENS = ("tokens", "prefill", "top_tokens")
_SEQUENCES = ("details", "details.best_of_sequences[*]")
#: Tokens spell the unfiltered text.
_SPELLED = tuple(f"{where}.{tokens}" for where in _SEQUENCES for tokens in _TOKENS)
#: ``input_length`` stands in the last event of a stream alone.
_USAGE = UsageTable.of(
    input="details.input_length", output=f"details.generated_tokens | {ARRAY}[*].details.generated_tokens"
)
GENERATED = ReplyTable(
    structural=_STRUCTURAL,
    needs={"generated_text": str, ARRAY: list},
    spelled=(*_SPELLED, *(f"{ARRAY}[*].{path}" for path in _SPELLED)),
    usage=_USAGE,
)
#: Tokens as strings spell the text that the server read, pseudonyms in pieces.
TOKENIZED = ReplyTable(structural=frozenset(), needs={ARRAY: list}, spelled=(f"{ARRAY}[*].text",))
TOKEN = ReplyTable(structural=_STRUCTURAL, spelled=("token.id", "top_tokens"), usage=_USAGE)
#: Vectors, scores, labels chosen by the model's maker, and the texts of a reranker if requested.
ANSWERED = ReplyTable(structural=frozenset(), needs={ARRAY: list})
