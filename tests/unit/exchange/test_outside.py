from __future__ import annotations

import pytest

from proxy.core.records import Obligation
from proxy.errors import OverloadedError
from proxy.exchange.outside import Overload, Ports
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


def test_places_are_bounded_per_tenant_and_in_all_and_given_back():
    overload = Overload(4)
    with overload.slot("a"), overload.slot("a"):
        with pytest.raises(OverloadedError) as caught, overload.slot("a"):
            pass
        assert (caught.value.status, caught.value.retry_after_s > 0) == (429, True)
        with overload.slot("b"), overload.slot("b"), pytest.raises(OverloadedError), overload.slot("c"):
            pass
        with overload.slot("c"):
            pass
    with overload.slot("a"):
        pass
