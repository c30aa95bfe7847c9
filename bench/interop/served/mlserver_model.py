"""A model for MLServer (KServe's Open Inference Protocol): it greets, and gives back what it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlserver import MLModel
from mlserver.codecs import StringCodec
from mlserver.errors import MLServerError
from mlserver.types import InferenceRequest, InferenceResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GREETING = "Good morning from the server, and good night."


class Greeter(MLModel):
    async def load(self) -> bool:
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        texts = _texts(payload)
        if any("be too busy" in text for text in texts):
            raise MLServerError("slow down", status_code=429)
        return self._told([GREETING], texts)

    async def predict_stream(self, payloads: AsyncIterator[InferenceRequest]) -> AsyncIterator[InferenceResponse]:
        async for payload in payloads:
            for word in f"{GREETING} {_texts(payload)[0]}".split(" "):
                yield self._told([f"{word} "], [])

    def _told(self, greeting: list[str], echo: list[str]) -> InferenceResponse:
        named = [("greeting", greeting), *([("echo", echo)] if echo else [])]
        outputs = [StringCodec.encode_output(name, texts) for name, texts in named]
        return InferenceResponse(model_name=self.name, model_version="1", outputs=outputs)


def _texts(payload: InferenceRequest) -> list[str]:
    return [text for one in payload.inputs for text in StringCodec.decode_input(one)]
