from __future__ import annotations

from proxy.reports import gathering
from testing import evidence, twins

KEY = evidence.SIGNING.verifier


async def test_what_is_gathered_names_the_newest_decision_and_what_was_kept(log, reader):
    await log.event_durable("policy_kept", {"sha256": "ab"}, revision="rev-1")
    async with log.entry(evidence.exchange("x1")) as entry:
        entry.note(evidence.inspection(), evidence.facts(), evidence.decision())
        await entry.intend(evidence.outbound("x1"), 1)
        async with gathering.moment(reader, KEY, "x1") as open_still:
            pass
        entry.attempted(evidence.COMPLETE)
        entry.settle(evidence.DELIVERED)
    await log.event_durable("flush", {})
    async with gathering.moment(reader, KEY, None) as ended:
        pass
    for made, opened in ((open_still, ["x1"]), (ended, [])):
        assert (made.revisions, made.kept) == (("rev-1", "data-1"), {"rev-1": {"ab"}})
        assert made.tables["opened"].column("exchange").to_pylist() == opened
    assert open_still.tables["record"].num_rows == 2
    assert (ended.tables["record"].num_rows, ended.tables["exchange"].num_rows) == (0, 1)


def test_what_is_left_out_is_not_covered():
    made = twins.gathered({"records": [{"kind": "decision", "exchange": "x", "facts": {"input": {"activity": "odd"}, "decision": {}}},
                                       {"kind": "outcome", "exchange": "x", "facts": {}}]})  # fmt: skip
    assert (made.coverage["left_out"], made.covers({})) == (1, False)
