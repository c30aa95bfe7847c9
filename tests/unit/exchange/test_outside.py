from __future__ import annotations

from proxy.core.records import Obligation
from proxy.exchange.outside import Ports
from proxy.exchange.pipeline import Pipeline
from testing.fakes import KEYRING, FakePdp, Stage, chat


def ports(stage):
    """Return the ports that there have to be."""
    return Ports(stage.detector, stage.pdp, stage.vault, stage.upstreams, stage.audit, stage.clock)


async def test_a_request_is_served_with_those_that_there_have_to_be():
    stage = Stage()
    stage.pipeline = Pipeline(ports(stage), KEYRING, stage.catalog)
    assert (await stage.run()).status == 200


async def test_without_anybody_to_tell_a_permit_that_obliges_to_it_is_a_denial():
    stage = Stage(pdp=FakePdp((Obligation("n", "notify"),)))
    stage.pipeline = Pipeline(ports(stage), KEYRING, stage.catalog)
    assert (await stage.run(chat())).status == 403
    assert stage.upstreams.sent == []


def test_two_pipelines_count_their_unread_requests_apart():
    stage = Stage()
    assert ports(stage).overload is not ports(stage).overload
