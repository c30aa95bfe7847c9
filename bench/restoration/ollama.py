"""Samples of Ollama's own API: chats and completions. Embeddings hold numbers alone."""

from __future__ import annotations

from proxy.codecs import ollama
from testing.dialects.samples import Sample

_DONE = {"done": True, "done_reason": "stop", "total_duration": 5, "prompt_eval_count": 3, "eval_count": 2}
_HEAD = {"model": "llama3.2", "created_at": "2025-10-17T23:14:07.414671Z"}
_CALL = {"function": {"name": "look_up", "arguments": {"who": "x", "deep": [{"note": "a word"}]}}}
CHAT = Sample(
    requests=[
        {
            "model": "llama3.2",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who is there?"}],
            "tools": [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}],
        }
    ],
    text=("messages", 1, "content"),
    replies=[
        {**_HEAD, "message": {"role": "assistant", "content": "Somebody.", "thinking": "Hm."}, **_DONE},
        {**_HEAD, "message": {"role": "assistant", "content": "", "tool_calls": [_CALL]}, **_DONE},
    ],
    calls={"message.tool_calls[*].function.arguments": "look_up"},
    tools=("look_up",),
    streams=[
        [
            ("", {**_HEAD, "message": {"role": "assistant", "content": "", "thinking": "Hm."}, "done": False}),
            ("", {**_HEAD, "message": {"role": "assistant", "content": "Some"}, "done": False}),
            ("", {**_HEAD, "message": {"role": "assistant", "content": "body."}, "done": False}),
            ("", {**_HEAD, "message": {"role": "assistant", "content": "", "tool_calls": [_CALL]}, "done": False}),
            ("", {**_HEAD, "message": {"role": "assistant", "content": ""}, **_DONE}),
        ]
    ],
)
GENERATE = Sample(
    requests=[{"model": "llama3.2", "prompt": "Who is there?", "system": "Be brief."}],
    text=("prompt",),
    replies=[{**_HEAD, "response": "Somebody.", "thinking": "Hm.", **_DONE}],
    streams=[
        [
            ("", {**_HEAD, "response": "Some", "done": False}),
            ("", {**_HEAD, "response": "body.", "done": False}),
            ("", {**_HEAD, "response": "", **_DONE}),
        ]
    ],
)
SAMPLES = {ollama.CHAT: CHAT, ollama.GENERATE: GENERATE}
