"""OpenAI's Responses: shapes of its API reference and its OpenAPI description."""

from __future__ import annotations

from typing import Any

from proxy.codecs.openai.responses import COMPACT, CONVERSATIONS, INPUT_TOKENS, RESPONSES
from testing.dialects.samples import Sample

CALL = {"type": "function_call", "id": "fc_1a", "call_id": "call_Xa9Fm2", "name": "look_up", "arguments": '{"who": "somebody"}', "status": "completed"}  # fmt: skip
TEXT = {"type": "output_text", "text": "Yes, indeed.", "annotations": [{"type": "url_citation", "title": "A page", "url": "https://x.example", "start_index": 0, "end_index": 3}]}  # fmt: skip
MESSAGE = {"type": "message", "id": "msg_1a", "role": "assistant", "status": "completed", "content": [TEXT]}
REASONING = {"type": "reasoning", "id": "rs_1a", "summary": [{"type": "summary_text", "text": "Hm, well."}]}
CUSTOM = {"type": "custom_tool_call", "id": "ctc_1a", "call_id": "call_Yb0Gn3", "name": "run", "input": "find it now"}
OUTPUT = [REASONING, MESSAGE, CALL, CUSTOM]
REQUEST: dict[str, Any] = {
    "model": "gpt",
    "instructions": "Be brief.",
    "input": [
        {"role": "developer", "content": "Speak plainly."},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello there."}]},
        *OUTPUT,
        {"type": "message", "role": "assistant", "id": "msg_2a", "status": "completed", "content": [{"type": "refusal", "refusal": "No."}]},
        {"type": "function_call_output", "call_id": "call_Xa9Fm2", "output": '{"found": ["nothing"]}'},
        {"type": "custom_tool_call_output", "call_id": "call_Yb0Gn3", "output": [{"type": "input_text", "text": "done"}]},
        {"type": "local_shell_call", "id": "lsh_1a", "call_id": "call_1a", "status": "completed",
         "action": {"type": "exec", "command": ["echo", "hello"], "env": {"HOME": "here"}}},
        {"type": "local_shell_call_output", "id": "call_1a", "output": "hello"},
        {"type": "shell_call_output", "call_id": "call_1b", "output": [{"stdout": "out", "stderr": "err", "outcome": {"type": "exit", "exit_code": 0}}]},
        {"type": "apply_patch_call", "call_id": "call_1c", "status": "completed", "operation": {"type": "create_file", "path": "notes", "diff": "+ hello"}},
        {"type": "mcp_call", "id": "mcp_1a", "server_label": "tools", "name": "ask", "arguments": '{"q": "what"}', "output": "nothing"},
        {"type": "web_search_call", "id": "ws_1a", "status": "completed", "action": {"type": "search", "query": "the weather"}},
        {"type": "code_interpreter_call", "id": "ci_1a", "status": "completed", "code": "print(1)", "outputs": [{"type": "logs", "logs": "1"}]},
    ],
    "tools": [
        {"type": "function", "name": "look_up", "description": "Looks up.", "strict": False, "parameters": {
            "type": "object", "properties": {"who": {"type": "string", "description": "whom"}}}},
        {"type": "custom", "name": "run", "description": "Runs.", "format": {"type": "grammar", "syntax": "lark", "definition": "start: WORD"}},
    ],
    "tool_choice": "auto", "store": False, "metadata": {"case": "first"}, "user": "u1", "safety_identifier": "s1",
    "text": {"format": {"type": "json_schema", "name": "answer", "schema": {"title": "An answer"}}, "verbosity": "low"},
    "reasoning": {"effort": "low", "summary": "auto"}, "include": ["reasoning.encrypted_content"], "truncation": "auto",
}  # fmt: skip
_SEALED = {**REASONING, "encrypted_content": "gAAAAABsealed"}


def response(status: str, *output: Any) -> dict[str, Any]:
    return {
        "id": "resp_1a", "object": "response", "created_at": 1, "status": status, "model": "gpt", "output": list(output),
        "instructions": "Be brief.", "metadata": {"case": "first"}, "tools": REQUEST["tools"], "error": None,
    }  # fmt: skip


def _pieces(kind: str, where: dict[str, Any], cuts: list[str], key: str) -> list[tuple[str, dict[str, Any]]]:
    events = [(f"{kind}.delta", {**where, "delta": cut}) for cut in cuts]
    return [*events, (f"{kind}.done", {**where, key: "".join(cuts)})]


def _numbered(*events: tuple[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"response.{name}", {"type": f"response.{name}", "sequence_number": number, **event})
        for number, (name, event) in enumerate(events)
    ]


_AT: list[dict[str, Any]] = [
    {"output_index": 0, "item_id": "rs_1a", "summary_index": 0},
    {"output_index": 1, "item_id": "msg_1a", "content_index": 0},
    {"output_index": 2, "item_id": "fc_1a"},
    {"output_index": 3, "item_id": "ctc_1a"},
]
_SHORT = {"type": "output_text", "text": "Yes, indeed.", "annotations": []}
STREAM = _numbered(
    ("created", {"response": {"id": "resp_1a", "instructions": "Be brief.", "output": []}}),
    *_pieces("reasoning_summary_text", _AT[0], ["Hm, ", "well."], "text"),
    ("output_item.done", {"output_index": 0, "item": _SEALED}),
    ("content_part.added", {**_AT[1], "part": {**_SHORT, "text": ""}}),
    *_pieces("output_text", _AT[1], ["Yes, ", "indeed."], "text"),
    ("output_text.annotation.added", {**_AT[1], "annotation": {"type": "url_citation", "title": "A page"}}),
    ("content_part.done", {**_AT[1], "part": _SHORT}),
    ("output_item.added", {"output_index": 2, "item": {"type": "function_call", "id": "fc_1a", "name": "look_up"}}),
    *_pieces("function_call_arguments", _AT[2], ['{"who": "some', 'body"}'], "arguments"),
    ("output_item.done", {"output_index": 2, "item": CALL}),
    ("output_item.added", {"output_index": 3, "item": {"type": "custom_tool_call", "id": "ctc_1a", "name": "run"}}),
    *_pieces("custom_tool_call_input", _AT[3], ["find it", " now"], "input"),
    ("completed", {"response": {"id": "resp_1a", "output": [_SEALED, CUSTOM]}}),
)
_PLAIN = {
    "model": "gpt", "instructions": "Be brief.", "tools": [{"type": "function", "name": "look_up", "parameters": {}}],
    "input": [{"role": "developer", "content": "Speak plainly."},
              {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello there."}]}],
}  # fmt: skip
_REPLY = Sample(
    requests=[REQUEST],
    text=("input", 1, "content", 0, "text"),
    replies=[response("completed", _SEALED, MESSAGE, CALL, CUSTOM)],
    kept=("output[*]=reasoning.encrypted_content",),
    addresses=("output[*].content[*].annotations[*].url",),
    calls={"output[*]=function_call.arguments": "look_up", "output[*]=custom_tool_call.input": "run"},
    tools=("look_up", "run"),
    streams=[STREAM],
    kept_events=("item=reasoning.encrypted_content", "response.output[*]=reasoning.encrypted_content"),
)
SAMPLES = {
    RESPONSES.name: _REPLY,
    INPUT_TOKENS.name: Sample([_PLAIN], _REPLY.text, [{"object": "response.input_tokens", "input_tokens": 11}]),
    COMPACT.name: Sample(
        [_PLAIN],
        _REPLY.text,
        [{"id": "resp_1a", "object": "response.compaction", "created_at": 1, "output": [{"type": "compaction", "id": "cmp_1a", "encrypted_content": "gAAAAABsealed"}]}],
        kept=("output[*]=compaction.encrypted_content",),
    ),
    CONVERSATIONS.name: Sample(
        [{"items": REQUEST["input"], "metadata": {"case": "first"}}],
        ("items", 1, "content", 0, "text"),
        [{"id": "conv_1a", "object": "conversation", "created_at": 1, "metadata": {"case": "first"}}],
    ),
}  # fmt: skip
