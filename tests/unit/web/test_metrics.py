from __future__ import annotations

import pytest

from proxy.errors import IdentityUnavailableError
from proxy.reports.siem.stream import StreamState
from proxy.web import metrics
from testing.fakes import CANARY, FakePdp, FakeUpstreams, Stage, chat


async def exposed(running):
    async with running.session.get(running.url + "/metrics") as response:
        assert response.status == 200
        return await response.text()


def counted(text, **labels):
    """Return the sum of the exchanges with these labels."""
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    lines = [one for one in text.splitlines() if one.startswith("proxy_exchanges_total{")]
    return sum(float(one.split()[-1]) for one in lines if all(each in one for each in wanted))


ASKED = {"path": "/v1/chat/completions"}


@pytest.mark.parametrize(("asked", "labels"), [
    ({}, {"status": "200", "action": "forward", "responsibility": "none", "code": ""}),
    ({"denied": {"a", "b", "local"}},
     {"status": "403", "action": "block", "responsibility": "policy", "code": "NO_COMPLIANT_TARGET"}),
    ({"down": {"a", "b", "local"}}, {"status": "503", "action": "", "responsibility": "target", "code": "targets_down"}),
    ({"body": b"{"}, {"status": "400", "action": "", "responsibility": "caller", "code": "malformed_request"}),
    ({"stored": False}, {"status": "503", "action": "", "responsibility": "proxy", "code": "audit_unavailable"}),
    ({"fault": IdentityUnavailableError()},
     {"status": "503", "action": "", "responsibility": "proxy", "code": "identity_unavailable"}),
    ({"fault": ValueError()}, {"status": "503", "responsibility": "proxy", "code": "identity_unavailable"}),
    ({"key": "cp_nobodys"}, {"status": "401", "action": "", "responsibility": "caller", "code": "invalid_api_key"}),
])  # fmt: skip
async def test_what_the_caller_sees_is_counted_once_with_whose_it_is(serve, asked, labels):
    stage = Stage(
        pdp=FakePdp(denied=frozenset(asked.get("denied", ()))),
        upstreams=FakeUpstreams({}, down=frozenset(asked.get("down", ()))),
    )
    async with serve(stage) as running:
        stage.audit.writer.down = not asked.get("stored", True)
        running.identities.raises = asked.get("fault")
        before = await exposed(running)
        headers = {"Authorization": f"Bearer {asked['key']}"} if "key" in asked else {}
        async with running.post(asked.get("body", chat()), **headers) as response:
            assert str(response.status) == labels["status"]
            assert response.headers.get("x-compliance-responsibility", "none") == labels["responsibility"]
            assert response.headers.get("x-compliance-code", "") == labels["code"]
        after = await exposed(running)
        assert counted(after, **ASKED, **labels) == counted(before, **ASKED, **labels) + 1
        assert counted(after) == counted(before) + 1


async def test_tenants_and_models_have_labels_of_their_own_where_they_are_registered(serve):
    async with serve() as running:
        async with running.post(chat()) as response:
            assert response.status == 200
        async with running.post(chat(model="zebulon-quark")) as response:
            target = response.headers["x-compliance-target"]
        text = await exposed(running)
        assert count(text, 'proxy_tenant_exchanges_total{responsibility="none",tenant="acme"}') >= 1
        assert f'proxy_model_exchanges_total{{model="other",responsibility="none",target="{target}"}}' in text
        assert "zebulon" not in text


async def test_no_text_of_a_request_becomes_a_label(serve):
    async with serve() as running:
        async with running.post(
            chat(CANARY, model=CANARY), f"/v1/{CANARY}?q={CANARY}", x_compliance_minor=CANARY
        ) as response:
            assert response.status == 404
        async with running.session.get(running.url + f"/{CANARY}", headers={"Authorization": CANARY}) as response:
            assert response.status == 401
        assert "canary-leak" not in await exposed(running)


def count(text, line):
    return next((float(one.split()[-1]) for one in text.splitlines() if one.startswith(line)), 0.0)


def test_a_stream_is_behind_by_records_and_seconds_in_the_process_that_has_it():
    def shown(**state):
        metrics.streams({"a collector": StreamState(behind=3, behind_since=100.0, **state)}, 107.5)
        gauges = (metrics.STREAM_BEHIND, metrics.STREAM_BEHIND_S)
        return [one.labels("a collector")._value.get() for one in gauges]

    assert shown(holds=True) == [3.0, 7.5]
    assert shown(holds=False) == [0.0, 0.0]
