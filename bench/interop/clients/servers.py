"""Clients of servers of models: Triton's, Hugging Face's, and their documented requests by hand where there is no SDK."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from bench.interop.clients.cells import BUSY, GREET, NAMED, PERSON, cell, said

_GREETER = NAMED[0] if NAMED else "greeter"
_PATIENCE_S = 60


# --- Triton's client --------------------------------------------------------------------------------------------------


def _triton(root: str, key: str, text: str, *, binary: bool) -> dict[str, Any]:
    """Ask whether server and model are there and what the model takes, as such clients do, and then the model."""
    import numpy as np
    from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

    headers = {"Authorization": f"Bearer {key}"}
    with InferenceServerClient(root.removeprefix("http://")) as client:
        there = [client.is_server_live(), client.is_server_ready(), client.is_model_ready(_GREETER, headers=headers)]
        described = client.get_model_metadata(_GREETER, headers=headers)
        tensor = InferInput(described["inputs"][0]["name"], [1], described["inputs"][0]["datatype"])
        tensor.set_data_from_numpy(np.array([text], dtype=np.object_), binary_data=binary)
        outputs = [InferRequestedOutput(name, binary_data=binary) for name in ("greeting", "echo")]
        result = client.infer(_GREETER, [tensor], outputs=outputs, headers=headers)
        texts = [result.as_numpy(name).reshape(-1)[0] for name in ("greeting", "echo")]
        return said(f"{there} {[one.decode() if isinstance(one, bytes) else one for one in texts]}")


for _name, _binary in (("tritonclient json", False), ("tritonclient binary", True)):
    cell(_name, "chat")(lambda r, k, binary=_binary: _triton(r, k, GREET, binary=binary))
    cell(_name, "error")(lambda r, k, binary=_binary: _triton(r, k, BUSY, binary=binary))


# --- Hugging Face's client --------------------------------------------------------------------------------------------


def _hub(address: str, key: str) -> Any:
    from huggingface_hub import InferenceClient

    return InferenceClient(model=address, token=key)


def _hub_stream(root: str, key: str) -> dict[str, Any]:
    client = _hub(f"{root}/", key)  # closes the stream when it is gone
    pieces = list(client.text_generation(GREET, stream=True))
    return said("".join(pieces), len(pieces))


def _hub_embedded(root: str, key: str) -> int:
    return len(_hub(f"{root}/embed", key).feature_extraction(PERSON)[0])


cell("huggingface_hub", "chat")(lambda r, k: said(_hub(f"{r}/", k).text_generation(GREET)))
cell("huggingface_hub", "stream")(_hub_stream)
cell("huggingface_hub", "embeddings")(_hub_embedded)
cell("huggingface_hub", "error")(lambda r, k: said(_hub(f"{r}/", k).text_generation(BUSY)))


# --- By hand ----------------------------------------------------------------------------------------------------------


class RefusedError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status_code = status


def _posted(root: str, key: str, path: str, document: Any) -> Any:
    """Return the open reply to a request; its body is the caller's to read."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{root}{path}", json.dumps(document).encode(), headers)
    try:
        return urllib.request.urlopen(request, timeout=_PATIENCE_S)
    except urllib.error.HTTPError as error:
        raise RefusedError(error.code, error.read().decode()) from None


def _posted_json(root: str, key: str, path: str, document: Any) -> Any:
    with _posted(root, key, path, document) as reply:
        return json.load(reply)


def _events(root: str, key: str, path: str, document: Any) -> Iterator[Any]:
    with _posted(root, key, path, document) as reply:
        for line in reply:
            if line.startswith(b"data:") and line.strip() != b"data: [DONE]":
                yield json.loads(line.removeprefix(b"data:"))


def _in_pieces(texts: Iterator[str]) -> dict[str, Any]:
    pieces = list(texts)
    return said("".join(pieces), len(pieces))


def _llama(text: str, **more: Any) -> dict[str, Any]:
    prompt = f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
    return {"prompt": prompt, "n_predict": 24, **({"model": NAMED[0]} if NAMED else {}), **more}


cell("http llama.cpp", "chat")(lambda r, k: said(_posted_json(r, k, "/completion", _llama(GREET))["content"]))
cell("http llama.cpp", "stream")(
    lambda r, k: _in_pieces(one["content"] for one in _events(r, k, "/completion", _llama(GREET, stream=True)))
)
cell("http llama.cpp", "embeddings")(
    lambda r, k: len(_posted_json(r, k, "/embedding", {"content": PERSON, "model": _GREETER})[0]["embedding"][0])
)
cell("http llama.cpp", "error")(lambda r, k: said(_posted_json(r, k, "/completion", _llama(BUSY))["content"]))

_PREDICTED = f"/predictions/{_GREETER}"


def _torchserve(root: str, key: str, text: str) -> dict[str, Any]:
    reply = _posted_json(root, key, _PREDICTED, {"text": text})
    return said(f"{reply['greeting']} {reply['echo']}")


def _torchserve_stream(root: str, key: str) -> dict[str, Any]:
    with _posted(root, key, _PREDICTED, {"text": GREET, "stream": True}) as reply:
        chunked = reply.headers.get("Transfer-Encoding") == "chunked"
        return said(reply.read().decode(), int(chunked))


cell("http torchserve", "chat")(lambda r, k: _torchserve(r, k, GREET))
cell("http torchserve", "stream")(_torchserve_stream)
cell("http torchserve", "error")(lambda r, k: _torchserve(r, k, BUSY))


def _tensor(text: str) -> dict[str, Any]:
    content = {"name": "text", "shape": [1], "datatype": "BYTES", "data": [text], "parameters": {"content_type": "str"}}
    return {"inputs": [content]}


def _inferred(reply: Any) -> str:
    return " ".join(text for one in reply["outputs"] for text in one["data"])


_MODEL_PATH = f"/v2/models/{_GREETER}"
cell("http kserve", "chat")(lambda r, k: said(_inferred(_posted_json(r, k, f"{_MODEL_PATH}/infer", _tensor(GREET)))))
cell("http kserve", "stream")(
    lambda r, k: _in_pieces(_inferred(one) for one in _events(r, k, f"{_MODEL_PATH}/infer_stream", _tensor(GREET)))
)
cell("http kserve", "error")(lambda r, k: said(_inferred(_posted_json(r, k, f"{_MODEL_PATH}/infer", _tensor(BUSY)))))

_GENERATED = {"text_input": GREET, "max_tokens": 24}
cell("http triton generate", "chat")(
    lambda r, k: said(_posted_json(r, k, f"{_MODEL_PATH}/generate", _GENERATED)["text_output"])
)
cell("http triton generate", "stream")(
    lambda r, k: _in_pieces(one["text_output"] for one in _events(r, k, f"{_MODEL_PATH}/generate_stream", _GENERATED))
)


def _tensorflow(root: str, key: str, text: str) -> dict[str, Any]:
    reply = _posted_json(root, key, f"/v1/models/{_GREETER}:predict", {"instances": [{"text": text}]})
    return said(" ".join(f"{one['greeting']} {one['echo']}" for one in reply["predictions"]))


cell("http tensorflow serving", "chat")(lambda r, k: _tensorflow(r, k, GREET))
cell("http tensorflow serving", "error")(lambda r, k: _tensorflow(r, k, BUSY))
