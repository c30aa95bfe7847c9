from __future__ import annotations

import orjson

from testing.fakes import CANARY, DONE, completion, delta

BODY = {
    "model": "m",
    "messages": [
        {"role": "user", "content": "find the mail"},
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "call_9fKq2",
                    "type": "function",
                    "function": {"name": "find", "arguments": orjson.dumps({"who": CANARY, "n": 3}).decode()},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_9fKq2", "content": orjson.dumps({"rows": [{"mail": CANARY}]}).decode()},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "find",
                "description": f"Finds people such as {CANARY}",
                "parameters": {
                    "type": "object",
                    "properties": {"who": {"type": "string", "enum": [CANARY]}},
                    "required": ["who"],
                },
            },
        }
    ],
}


def calls(name):
    arguments = orjson.dumps({"who": name, "n": 1}).decode()
    return [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "find", "arguments": arguments}}]


async def test_tools_leave_without_values_and_their_arguments_come_back_as_json(transcript):
    received, client = await transcript.play(BODY, lambda _, names: [completion("", tool_calls=calls(names[0]))])
    assert CANARY not in str(received)
    assert received["messages"][1]["tool_calls"][0]["id"] == received["messages"][2]["tool_call_id"] == "call_9fKq2"
    assert orjson.loads(received["messages"][1]["tool_calls"][0]["function"]["arguments"])["n"] == 3
    schema = received["tools"][0]["function"]["parameters"]
    assert (schema["required"], list(schema["properties"])) == (["who"], ["who"])
    [call] = orjson.loads(client.body)["choices"][0]["message"]["tool_calls"]
    assert orjson.loads(call["function"]["arguments"]) == {"who": CANARY, "n": 1}


async def test_streamed_arguments(transcript):
    def reply(_sent, names):
        [call] = calls(names[0])
        text = call["function"].pop("arguments")
        first = delta(role="assistant", tool_calls=[{**call, "function": {"name": "find", "arguments": ""}}])
        rest = [
            delta(tool_calls=[{"index": 0, "function": {"arguments": text[at : at + 3]}}])
            for at in range(0, len(text), 3)
        ]
        return [first, *rest, delta(finish="tool_calls"), DONE]

    received, client = await transcript.play(BODY | {"stream": True}, reply, "text/event-stream")
    assert CANARY not in str(received)
    events = [orjson.loads(one[6:]) for one in client.body.split(b"\n\n") if one.startswith(b"data: {")]
    pieces = [
        call["function"].get("arguments", "")
        for e in events
        for c in e["choices"]
        for call in c["delta"].get("tool_calls", ())
    ]
    assert orjson.loads("".join(pieces)) == {"who": CANARY, "n": 1}
    assert client.ended == "clean"
