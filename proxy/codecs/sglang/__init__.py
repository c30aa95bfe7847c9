"""SGLang's own API besides those of OpenAI's dialect: ``POST /generate``.

Streaming is not supported: each event of such a stream repeats the whole text. A server serves one model and is not
asked which: routes name it ``sglang``. Not served: ``/encode``, ``/classify``, and what shows or changes the server.

Source: the request types of SGLang 0.5.23. Omitted from the members on purpose, so that they are features: other kinds
of input (``input_ids``, ``input_embeds``, ``image_data`` and the like, which the server opens or fetches), code
(``custom_logit_processor``), other models (``lora_path``), sessions, and other hosts (``bootstrap_host``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from proxy.codecs import checks
from proxy.codecs.api import TableApi, at
from proxy.codecs.base import Api
from proxy.codecs.members import Members, any_of
from proxy.codecs.openai import dialect as openai
from proxy.codecs.reply import ARRAY, ReplyTable
from proxy.codecs.request import RequestTable
from proxy.codecs.usage import UsageTable
from proxy.core.records import Operation
from proxy.errors import MalformedRequestError

#: A server serves one model and does not ask which: its name for routes.
MODEL = "sglang"
_SAMPLING = any_of(
    """
    max_new_tokens min_new_tokens stop stop_token_ids stop_regex temperature top_p top_k min_p frequency_penalty
    presence_penalty repetition_penalty json_schema regex ebnf structural_tag ignore_eos skip_special_tokens
    spaces_between_special_tokens no_stop_trim n sampling_seed
    """
)
_MEMBERS = any_of(
    "text rid return_logprob logprob_start_len top_logprobs_num return_text_in_logprobs log_metrics priority stream"
)
_NUMBERS = ("max_new_tokens", "min_new_tokens", "temperature", "top_p", "top_k", "sampling_seed")
GENERATE = RequestTable(
    members=Members(_MEMBERS | {"sampling_params": Members(_SAMPLING)}),
    keys=frozenset({*_MEMBERS, *_SAMPLING, "sampling_params"}),
    parameters=frozenset(f"sampling_params.{name}" for name in _NUMBERS),
    chosen=frozenset({"sampling_params.sampling_seed"}),
    model="",
    unnamed=MODEL,
)
#: Tokens, as ids and with alternatives, spell the unfiltered text.
_SPELLED = (
    "output_ids",
    *(f"meta_info.{kind}_{what}" for kind in ("input", "output") for what in (
        "token_logprobs", "top_logprobs", "token_ids_logprobs"
    )),
)  # fmt: skip
_NUMBERED = {"input": "prompt_tokens", "cached": "cached_tokens", "output": "completion_tokens"}
_USAGE = UsageTable.of(**{
    name: f"meta_info.{key} | {ARRAY}[*].meta_info.{key}" for name, key in _NUMBERED.items()
})  # fmt: skip
GENERATED = ReplyTable(
    structural=frozenset({"id", "type", "weight_version"}),
    needs={"text": str, ARRAY: list},
    spelled=(*_SPELLED, *(f"{ARRAY}[*].{path}" for path in _SPELLED)),
    usage=_USAGE,
)


__all__ = ["APIS", "DIALECT"]

DIALECT = replace(openai.DIALECT, name="sglang", listed=(), stateful_paths=())


_TEXTS = checks.texts("text", "; token ids and embeddings cannot be read")


def _with_text(document: Mapping[str, Any]) -> None:
    _TEXTS(document)
    if document.get("stream"):
        raise MalformedRequestError("this path does not stream: ask /v1/completions or /v1/chat/completions")


APIS: tuple[Api, ...] = (
    TableApi(
        "sglang_generate", Operation.COMPLETION, GENERATE, GENERATED, check=_with_text,
        **at(DIALECT, "/generate", recognized_by="text input_ids"),
    ),
)  # fmt: skip
