"""A third party's recognizer and operators through the real pipeline and real workers; what is wrong with one denies."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from proxy.core.findings import Status
from proxy.core.records import Obligation
from proxy.detection.detector import PooledDetector
from proxy.detection.plugins.operators import load
from proxy.detection.pool.process import spawning
from proxy.exchange.pipeline import Pipeline
from testing import acme, rule_cache
from testing.fakes import CANARY, KEYRING, FakePdp, Stage, chat

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).parents[3]
BADGE = "AC-123456"
POINTS = {
    "operators": {"acme_token": "Token", "acme_leaky": "Leaky", "acme_broken": "Broken", "acme_odd": "Odd"},
    "recognizers": {"acme_badge": "Badge"},
}
#: Breaks on a word of its own: a fault of a third party in a worker.
TOUCHY = """
from testing.acme_privacy.recognizers import Badge


class Touchy(Badge):
    def analyze(self, text, entities, nlp_artifacts):
        if "Xanadu" in text:
            raise RuntimeError(text)
        return []
"""


@pytest.fixture(scope="module", autouse=True)
def installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "plugins" / "recognizers").mkdir(parents=True)
    (folder / "plugins" / "recognizers" / "touchy.py").write_text(TOUCHY)
    with pytest.MonkeyPatch.context() as patch:
        site = acme.installed(folder, POINTS)
        patch.syspath_prepend(site)
        patch.setenv("PYTHONPATH", os.pathsep.join([site, str(ROOT)]))
        patch.setenv("PROXY_PLUGINS_DIR", str(folder / "plugins"))
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def detector(installation) -> AsyncIterator[PooledDetector]:
    made = PooledDetector(1, 30.0, 8, 1 << 22, b"k" * 32, spawn=spawning(None, rule_cache.folder()))
    await made.start()
    yield made
    await made.close()


def stage(detector: PooledDetector, **params: object) -> Stage:
    entities = ("EMPLOYEE_BADGE", "EMAIL_ADDRESS")
    obligations = (Obligation("o", "redact", entities=entities, params=params), Obligation("r", "residual_scan"))
    made = Stage(detector=detector, pdp=FakePdp(obligations=obligations))
    ports = dataclasses.replace(made.pipeline._ports, operators=load(None), inspection_s=60.0)
    made.pipeline = Pipeline(ports, KEYRING, made.catalog)
    return made


async def test_their_recognizer_finds_and_their_operator_replaces(detector):
    one = stage(detector, operator="acme_token", prefix="ACME")
    await one.run(chat(f"Badge {BADGE} of a colleague is lost, write to {CANARY}. And {BADGE} again."))
    (sent,) = one.upstreams.sent
    text = orjson.loads(sent.wire.body)["messages"][0]["content"]
    assert BADGE not in text
    assert CANARY not in text
    assert text.count("ACME~") == 3
    assert len({word for word in text.split() if word.startswith("ACME~")}) == 2
    assert {remark.entity_type for remark in sent.remarks} == {"EMPLOYEE_BADGE", "EMAIL_ADDRESS"}


async def test_a_badge_alone_is_read_by_their_recognizer_too(detector):
    (segment,) = (await detector.detect([BADGE], "t")).segments
    assert [(one.entity_type, one.recognizer) for one in segment.findings] == [("EMPLOYEE_BADGE", "acme_badge")]


async def test_records_and_cache_know_their_versions(detector):
    named = {one.id: one.version for one in detector.versions}
    assert named["recognizer:acme_badge"] == "acme-privacy 1.2"
    assert "recognizer:touchy" in named


async def test_a_recognizer_that_raises_leaves_the_text_unread(detector):
    segments = (await detector.detect(["Kubla Khan dreamt of Xanadu.", f"Badge {BADGE}."], "t")).segments
    assert [one.status for one in segments] == [Status.FAILED, Status.COMPLETE]


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"operator": "acme_leaky", "prefix": "ACME"}, "operator acme_leaky"),
        ({"operator": "acme_broken", "prefix": "ACME"}, "operator acme_broken"),
        ({"operator": "acme_odd", "prefix": "ACME"}, "operator acme_odd"),
        ({"operator": "acme_token", "prefix": "7"}, "operator acme_token"),
        ({"operator": "acme_absent"}, "operator acme_absent"),
        ({"operator": None}, "operator unnamed"),
    ],
)
async def test_what_is_wrong_with_an_operator_denies_and_nothing_leaves(detector, params, named):
    one = stage(detector, **params)
    client = await one.run(chat(f"Badge {BADGE} is lost."))
    assert one.upstreams.sent == []
    told = repr(vars(client))
    assert "OBLIGATION_UNSUPPORTED" in told
    assert named in told
    assert BADGE not in told
    assert BADGE not in repr(one.audit.__dict__)


async def test_a_profile_takes_no_operator(detector):
    one = stage(detector)
    one.pdp.obligations = (
        Obligation("o", "deidentify", profile="hipaa_safe_harbor", params={"operator": "acme_token", "prefix": "A"}),
    )
    await one.run(chat(f"Badge {BADGE} is lost."))
    assert one.upstreams.sent == []
