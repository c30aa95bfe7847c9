"""The cases of the law come out the same over HTTP: from the packaged engine's server, and from a real OPA if there is one.

A real one is ``OPA_BIN``, or ``opa`` on PATH.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from proxy.catalog.load import data_document, legal_data
from proxy.catalog.models import RegistryDocument
from proxy.policy.bundles import bundle, tree
from proxy.policy.engine import launch
from proxy.runtime.resources import shipped
from testing.processes import free_port

_SPEC = importlib.util.spec_from_file_location("law_cases", Path(__file__).with_name("law_cases.py"))
assert _SPEC
assert _SPEC.loader
law_cases = sys.modules[_SPEC.name] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(law_cases)

#: Cases of one day, with the law as it was read then: a server has one data document.
CASES = [each for each in law_cases.CASES if each.day == law_cases.DAY and "as_of" not in each.changes.get("asked", {})]
ASK = "/v1/data/compliance/decision"


@pytest.fixture(params=["opa-embedded", "opa"])
def command(request, tmp_path):
    """Return the command of a server over a bundle with the world of the cases, its address, and the questions."""
    set_up = os.environ.get("OPA_BIN")
    opa = launch.find_opa(Path(set_up) if set_up else None)
    if request.param == "opa" and opa is None:
        pytest.skip("no OPA_BIN and no opa on PATH: the cases were not asked of an OPA server")
    legal = legal_data(shipped("policies"))
    registry, questions = law_cases.world(CASES, legal["config"])
    document = {**data_document(RegistryDocument.model_validate(registry), legal), "as_of": law_cases.DAY}
    path, port = tmp_path / "bundle.tar.gz", free_port()
    path.write_bytes(bundle.build(tree.read(shipped("policies")), document)[1])
    started = launch.launch(path, port, opa_bin=opa) if request.param == "opa" else _packaged(path, port)
    return started.command, f"http://127.0.0.1:{port}", questions


def _packaged(path, port):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "find_opa", lambda _: None)
        return launch.launch(path, port)


@pytest.mark.heavy
async def test_every_case_comes_out_alike_over_http(command):
    started, url, questions = command
    process = await asyncio.create_subprocess_exec(*started, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with aiohttp.ClientSession(url) as session, asyncio.timeout(150):
            await _ready(session)
            decided = [await _asked(session, question["document"]) for question in questions]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
    faults = [law_cases.fault(each, decision) for each, decision in zip(CASES, decided, strict=True)]
    assert [(each.name, outcome) for each, outcome in zip(CASES, faults, strict=True) if outcome] == []
    assert len(CASES) > 1_000


async def _ready(session):
    while True:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get("/health?bundles") as reply:
                if reply.status == 200:
                    return
        await asyncio.sleep(0.1)


async def _asked(session, document):
    async with session.post(ASK, data=json.dumps({"input": document})) as reply:
        assert reply.status == 200
        return (await reply.json(content_type=None))["result"]
