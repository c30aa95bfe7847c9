from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from proxy.core.obligations import TABLE, Phase
from proxy.core.records import Grant, Obligation, TargetVerdict
from proxy.errors import AuditUnavailableError, GrantUnusableError
from proxy.grants.obligations import HANDLERS, GrantObligations
from testing import fakes

GRANT = Grant("bg_aaaaaaaaaaaa", "INC-9", "bob", mfa=True, role_ok=True, expires=1_790_003_600)
OBLIGED = (
    Obligation("o1", "log"),
    Obligation("o2", "notify", params={"to": "privacy"}),
    Obligation("o3", "post_review"),
)
VERDICTS = (
    TargetVerdict("a", True, 0, (), OBLIGED),
    TargetVerdict("b", True, 1, (), OBLIGED[:2]),
    TargetVerdict("c", True, 2, (), OBLIGED),
)
LIFTED = fakes.decision("a", VERDICTS, "forward")._replace(
    document={"overrides": {"exceptions": [], "break_glass": {"waived": ["MINOR_LOCAL_ONLY"]}}},
)


@dataclass
class Uses:
    """Stands where the store stands: remembers uses."""

    ended: bool = False
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def use(self, grant, exchange):
        if self.ended:
            raise GrantUnusableError
        self.seen.append((grant, exchange))
        return len(self.seen) == len(set(self.seen))


@dataclass
class Events:
    """The audit log in memory."""

    down: bool = False
    kept: list[tuple] = field(default_factory=list)

    async def event_durable(self, name, facts, **columns):
        if self.down:
            raise AuditUnavailableError
        self.kept.append((name, facts, columns))


@pytest.fixture
def events():
    return Events()


@pytest.fixture
def uses():
    return Uses()


async def test_a_refusal_is_told_once_where_it_obliges_to_a_notice(uses, events):
    told = Obligation("o-told", "notify", on="both", params={"to": "privacy"})
    others = (
        Obligation("o-log", "log", on="both"),
        Obligation("o-sent", "notify"),
        Obligation("o-review", "post_review", on="deny"),
    )
    verdicts = tuple(TargetVerdict(name, permit=False, rank=0, obligations=(told, *others)) for name in "ab")
    await GrantObligations(uses, events).refused(fakes.exchange(), LIFTED._replace(permit=False, targets=verdicts))
    [(name, facts, columns)] = events.kept
    assert (name, columns["target"]) == ("policy_notice", "")
    assert facts["obligations"] == [{"id": "o-told", "type": "notify", "params": {"to": "privacy"}}]


async def test_a_refusal_without_a_notice_is_told_to_nobody(uses, events):
    await GrantObligations(uses, events).refused(fakes.exchange(), LIFTED._replace(permit=False))
    assert events.kept == []


async def test_use_is_noted_and_told(uses, events):
    exchange = fakes.exchange(grant=GRANT)
    await GrantObligations(uses, events).carry_out(exchange, LIFTED, "a")
    [(name, facts, columns)] = events.kept
    assert name == "break_glass_used"
    assert (facts["grant"], facts["ticket"], facts["approver"]) == ("bg_aaaaaaaaaaaa", "INC-9", "bob")
    assert (facts["exchange"], facts["waived"], facts["key_id"]) == ("x1", ["MINOR_LOCAL_ONLY"], "key1")
    assert [one["type"] for one in facts["obligations"]] == ["notify", "post_review"]
    assert columns == {"tenant": "acme", "activity": "support", "service": "crm", "target": "a"}
    assert uses.seen == [("bg_aaaaaaaaaaaa", "x1")]


async def test_a_target_for_which_nothing_was_lifted_uses_no_grant(uses, events):
    await GrantObligations(uses, events).carry_out(fakes.exchange(grant=GRANT), LIFTED, "b")
    assert [name for name, _, _ in events.kept] == ["policy_notice"]
    assert uses.seen == []


async def test_a_second_hop_of_the_exchange_is_not_told_again(uses, events):
    handler = GrantObligations(uses, events)
    for target in ("a", "c"):
        await handler.carry_out(fakes.exchange(grant=GRANT), LIFTED, target)
    assert len(events.kept) == 1


async def test_ended_grant_raises_and_tells_nothing(uses, events):
    uses.ended = True
    with pytest.raises(GrantUnusableError):
        await GrantObligations(uses, events).carry_out(fakes.exchange(grant=GRANT), LIFTED, "a")
    assert events.kept == []


async def test_notice_that_is_not_durable_raises(uses, events):
    events.down = True
    with pytest.raises(AuditUnavailableError):
        await GrantObligations(uses, events).carry_out(fakes.exchange(grant=GRANT), LIFTED, "a")


@pytest.mark.parametrize("grant", [None, GRANT])
async def test_an_organisations_own_notice_uses_no_grant(uses, events, grant):
    decision = fakes.decision("b", VERDICTS, "forward", document={"overrides": {"exceptions": []}})
    await GrantObligations(uses, events).carry_out(fakes.exchange(grant=grant), decision, "b")
    [(name, facts, _)] = events.kept
    assert (name, uses.seen) == ("policy_notice", [])
    assert facts["obligations"] == [{"id": "o2", "type": "notify", "params": {"to": "privacy"}}]


def obliging(*types):
    verdict = TargetVerdict("a", True, 0, (), tuple(Obligation(kind, kind) for kind in types))
    return fakes.decision("a", (verdict,), "forward", document={})


async def test_oversight_is_an_event_of_its_own(uses, events):
    await GrantObligations(uses, events).carry_out(fakes.exchange(), obliging("human_oversight", "log"), "a")
    [(name, facts, columns)] = events.kept
    assert (name, facts["exchange"], columns["activity"]) == ("oversight_required", "x1", "support")
    assert [one["type"] for one in facts["obligations"]] == ["human_oversight"]


async def test_an_approval_is_used_once_per_exchange(uses, events):
    handler = GrantObligations(uses, events)
    for _ in range(2):
        await handler.carry_out(fakes.exchange(grant=GRANT), obliging("require_approval"), "a")
    [(name, facts, _)] = events.kept
    assert (name, facts["approver"], facts["ticket"]) == ("approval_used", "bob", "INC-9")


async def test_no_approval_or_one_that_has_ended_is_none(uses, events):
    with pytest.raises(GrantUnusableError):
        await GrantObligations(uses, events).carry_out(fakes.exchange(), obliging("require_approval"), "a")
    uses.ended = True
    with pytest.raises(GrantUnusableError):
        await GrantObligations(uses, events).carry_out(fakes.exchange(grant=GRANT), obliging("require_approval"), "a")
    assert events.kept == []


def test_every_type_that_is_carried_out_beside_the_request_has_one_handler():
    handled = [type_ for types in HANDLERS for type_ in types]
    assert sorted(handled) == sorted(kind.type for kind in TABLE if kind.phase is Phase.ALONGSIDE)
