from __future__ import annotations

import base64
import os
import signal
from types import SimpleNamespace

import pytest

from proxy.catalog import lists
from proxy.core.records import Obligation
from proxy.errors import AuditUnavailableError
from proxy.service.texts import TriedTexts
from proxy.settings import Settings
from proxy.web.api.faults import InvalidRequestError, NotConfiguredError
from proxy.web.api.requests import CorrectText, TryText
from testing.fakes import CANARY, SSN, FakePdp, Stage, catalog, target

TEXT = f"Write to {CANARY} about {SSN}."
ASKED = TryText(text=TEXT, tenant="acme", activity="support", model="m", region="DE")
PSEUDONYMISE = (Obligation("o1", "pseudonymize"), Obligation("o3", "residual_scan"))


class Closed:
    """A vault that may be asked for nothing, and stores nothing."""

    async def put(self, domain, pseudonyms, subject=b""):
        raise AssertionError(domain)

    async def find(self, domain, pseudonyms):
        return {}

    async def begun_with(self, domain):
        return ""


class Log:
    """Keeps events; ``down``: has none durable."""

    def __init__(self):
        self.events, self.down = [], False

    async def event_durable(self, name, facts, **columns):
        if self.down:
            raise AuditUnavailableError
        self.events.append((name, facts, columns))


def tried(stage, tmp_path=None):
    services = SimpleNamespace(pipeline=stage.pipeline, clock=stage.clock, events=Log())
    secret = base64.b64encode(b"k" * 32).decode()
    return TriedTexts(services, Settings(secret_key=secret, **({} if tmp_path is None else {"config_dir": tmp_path})))


async def test_every_target_is_told_what_it_would_receive():
    stage = Stage(pdp=FakePdp(PSEUDONYMISE, denied=frozenset({"b"})), vault=Closed())
    answer = await tried(stage).tried(ASKED)
    found = [(TEXT[one["start"] : one["end"]], one["type"], one["confidence"]) for one in answer["findings"]]
    assert found == [(CANARY, "EMAIL_ADDRESS", 0.95), (SSN, "US_SSN", 0.95)]
    assert all(one["rule"] == one["why"] == "fake" for one in answer["findings"])
    assert [(one["target"], one["permit"]) for one in answer["targets"]] == [("a", True), ("b", False), ("local", True)]
    for one in answer["targets"]:
        [sent] = [part["text"] for part in one["receives"] if part["place"] == "messages[0].content"] or [""]
        assert sent.startswith("Write to ") is one["permit"]
        assert CANARY not in sent
        assert SSN not in sent
        assert sum(change["count"] for change in one["changes"]) == (2 if one["permit"] else 0)
    assert answer["targets"][1]["codes"] == ("NO_BASIS",)
    assert answer["decision"]["selected"] == "a"


async def test_what_is_clean_would_leave_as_it_is():
    [one, *_] = (await tried(Stage()).tried(ASKED.model_copy(update={"text": "Say hello."})))["targets"]
    assert {part["place"]: part["text"] for part in one["receives"]} == {
        "model": "m", "messages[0].role": "user", "messages[0].content": "Say hello.",
    }  # fmt: skip
    assert (one["permit"], one["changes"]) == (True, [])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"pdp": FakePdp((Obligation("o", "require_approval"),)), "obligations": object()}, "OBLIGATION_UNSUPPORTED"),
        ({"pdp": FakePdp((Obligation("o", "unheard_of"),))}, "OBLIGATION_UNSUPPORTED"),
    ],
)
async def test_what_cannot_be_carried_out_would_not_leave(changed, code):
    answer = await tried(Stage(**changed)).tried(ASKED)
    assert [(one["permit"], one["codes"], one["receives"]) for one in answer["targets"]] == [(False, (code,), ())] * 3


async def test_nothing_is_sent_recorded_stored_or_remembered():
    stage = Stage(pdp=FakePdp(PSEUDONYMISE), vault=Closed())
    texts = tried(stage)
    await texts.tried(ASKED)
    assert (stage.upstreams.sent, stage.audit.writer.units, stage.audit.events) == ([], [], [])
    assert texts.services.events.events == []
    assert len(stage.pipeline._plans.memory) == 0


async def test_a_tenant_without_a_named_model_names_one():
    texts = tried(Stage())
    assert texts.models("acme") == ()
    with pytest.raises(InvalidRequestError):
        await texts.tried(ASKED.model_copy(update={"model": ""}))
    named = tried(Stage(catalog=catalog(target("a", models={"gpt": "gpt"}))))
    assert (await named.tried(ASKED.model_copy(update={"model": ""})))["model"] == "gpt"


@pytest.fixture
def hangups(monkeypatch):
    sent = []
    monkeypatch.setattr(os, "kill", lambda process, number: sent.append((process, number)))
    return sent


WANTED = CorrectText(text=TEXT, tenant="acme", start=9, end=9 + len(CANARY), type="EMAIL_ADDRESS", false=False)


async def test_a_correction_is_recorded_then_listed_then_read(tmp_path, hangups):
    texts = tried(Stage(), tmp_path)
    assert await texts.corrected(WANTED, "jane (k)")
    assert not await texts.corrected(WANTED, "jane (k)")
    content = (tmp_path / "lists.yaml").read_text()
    assert "Quark" not in content
    [entry] = lists.parsed(content, texts.services.pipeline.catalog.entity_kinds)
    assert (entry.list, entry.type, entry.tenant, bool(entry.digest)) == ("deny", "EMAIL_ADDRESS", "acme", True)
    name, facts, columns = texts.services.events.events[0]
    assert (name, facts["by"], columns) == ("detection_list_changed", "jane (k)", {"tenant": "acme"})
    assert "Quark" not in str(texts.services.events.events)
    assert hangups == [(os.getpid(), signal.SIGHUP)] * 2


async def test_what_is_not_recorded_is_not_listed(tmp_path, hangups):
    texts = tried(Stage(), tmp_path)
    texts.services.events.down = True
    with pytest.raises(AuditUnavailableError):
        await texts.corrected(WANTED, "jane (k)")
    assert (list(tmp_path.iterdir()), hangups) == ([], [])


async def test_what_carries_a_checksum_is_not_hidden_unless_forced(tmp_path, hangups):
    texts, start = tried(Stage(), tmp_path), TEXT.index(SSN)
    wanted = {"start": start, "end": start + len(SSN), "type": "US_SSN", "false": True}
    with pytest.raises(InvalidRequestError, match="checksum"):
        await texts.corrected(WANTED.model_copy(update=wanted), "jane (k)")
    assert await texts.corrected(WANTED.model_copy(update={**wanted, "forced": True}), "jane (k)")
    assert len(hangups) == 1


async def test_the_shipped_lists_are_not_changed(hangups):
    texts = tried(Stage())
    with pytest.raises(NotConfiguredError, match="PROXY_CONFIG_DIR"):
        await texts.corrected(WANTED, "jane (k)")
    assert texts.services.events.events == []
    assert hangups == []
