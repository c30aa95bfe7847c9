"""Targets that really keep files and batches: what is uploaded is answered when a batch is made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from proxy.codecs import multipart
from testing.fakes import FakeReply, FakeUpstreams

#: Answers the body of one line: what stands under ``response.body``, or (a status) why there is no answer.
Answer = Callable[[dict[str, Any]], dict[str, Any] | int]


def completion(body: dict[str, Any]) -> dict[str, Any]:
    said = body["messages"][-1]["content"]
    message = {"role": "assistant", "content": f"You said: {said}", "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"], "choices": [choice]}


@dataclass
class FileProvider(FakeUpstreams):
    """OpenAI's files and batches; ``seen`` is all that reached it."""

    answer: Answer = completion
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[tuple[str, str, str, bytes]] = field(default_factory=list)

    async def send(self, outbound, sender):
        wire = outbound.wire
        self.sent.append(outbound)
        self.seen.append((outbound.target.id, wire.method, wire.path, wire.body))
        assert b"_cp_b" not in wire.path.encode()
        kind, *rest = wire.path.strip("/").split("/")
        if kind == "files":
            return self._files(wire, *rest)
        return self._batches(wire, *rest)

    def _files(self, wire, identity="", ending=""):
        if wire.method == "POST":
            form = {part.name: part for part in multipart.read(wire.media, wire.body).parts}
            assert form["purpose"].text == "batch"
            return _said(self._file(self._kept(form["file"].content), "batch", form["file"].filename))
        if identity not in self.files:
            return FakeReply(404, parts=[b"{}"])
        if wire.method == "DELETE":
            del self.files[identity]
            return _said({"id": identity, "object": "file", "deleted": True})
        if ending == "content":
            data = self.files[identity]
            cut = len(data) // 2
            return FakeReply(content_type="application/octet-stream", parts=[data[:cut], data[cut:]])
        return _said(self._file(identity, "batch_output", "out.jsonl"))

    def _file(self, identity, purpose, name):
        size = len(self.files[identity])
        return {"id": identity, "object": "file", "bytes": size, "created_at": 1, "filename": name, "purpose": purpose,
                "status": "processed"}  # fmt: skip

    def _kept(self, data):
        identity = f"file-Ab{len(self.files)}xyz"
        self.files[identity] = data
        return identity

    def _batches(self, wire, identity="", ending=""):
        if not identity:
            asked = orjson.loads(wire.body)
            made = {"id": f"batch_68af{len(self.batches)}", "object": "batch", "created_at": 1, "status": "in_progress",
                    "errors": None, "output_file_id": None, "error_file_id": None, **asked}  # fmt: skip
            self.batches[made["id"]] = made
            return _said(made)
        made = self.batches[identity]
        if ending == "cancel":
            made["status"] = "cancelling"
        elif made["status"] == "in_progress":
            self._work(made)
        return _said(made)

    def _work(self, batch):
        good, bad = [], []
        for line in self.files[batch["input_file_id"]].splitlines():
            asked = orjson.loads(line)
            assert asked["url"] == batch["endpoint"]
            body = self.answer(asked["body"])
            status = 200 if isinstance(body, dict) else body
            body = body if isinstance(body, dict) else {"error": {"message": "no", "type": "invalid", "code": "c"}}
            result = {"id": "batch_req_1", "custom_id": asked["custom_id"], "error": None,
                      "response": {"status_code": status, "request_id": "r1", "body": body}}  # fmt: skip
            (good if status == 200 else bad).append(orjson.dumps(result) + b"\n")
        batch["output_file_id"] = self._kept(b"".join(good))
        batch["error_file_id"] = self._kept(b"".join(bad)) if bad else None
        batch["status"] = "completed"


@dataclass
class MessagesProvider(FakeUpstreams):
    """Anthropic's batches of messages; ``seen`` is all that reached it."""

    batches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seen: list[tuple[str, str, str, bytes]] = field(default_factory=list)

    async def send(self, outbound, sender):
        wire = outbound.wire
        self.sent.append(outbound)
        self.seen.append((outbound.target.id, wire.method, wire.path, wire.body))
        identity, ending = [*wire.path.removeprefix("/messages/batches").strip("/").split("/"), ""][:2]
        if not identity:
            identity = f"msgbatch_0{len(self.batches)}"
            self.batches[identity] = orjson.loads(wire.body)["requests"]
            return _said(_batch(identity, "in_progress"))
        if wire.method == "DELETE":
            del self.batches[identity]
            return _said({"id": identity, "type": "message_batch_deleted"})
        if ending == "results":
            lines = [orjson.dumps(_result(one)) + b"\n" for one in self.batches[identity]]
            return FakeReply(content_type="application/x-jsonl", parts=lines)
        return _said(_batch(identity, "canceling" if ending else "ended"))


def _batch(identity, status):
    address = f"https://api.anthropic.com/v1/messages/batches/{identity}/results" if status == "ended" else None
    counts = {"processing": 0, "succeeded": 1, "errored": 0, "canceled": 0, "expired": 0}
    return {"id": identity, "type": "message_batch", "processing_status": status, "request_counts": counts,
            "created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-02T00:00:00Z", "ended_at": None,
            "results_url": address, "archived_at": None, "cancel_initiated_at": None}  # fmt: skip


def _result(request):
    said = request["params"]["messages"][-1]["content"]
    if said == "fail":
        error = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
        return {"custom_id": request["custom_id"], "result": {"type": "errored", "error": error}}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": request["params"]["model"],
               "content": [{"type": "text", "text": f"You said: {said}"}], "stop_reason": "end_turn",
               "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip
    return {"custom_id": request["custom_id"], "result": {"type": "succeeded", "message": message}}


def _said(document):
    return FakeReply(parts=[orjson.dumps(document)])
