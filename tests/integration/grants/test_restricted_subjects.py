"""A data subject on the list is refused by the shipped library at once, although the decision before is remembered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from proxy.identity.restrictions import NewRestriction, RestrictionKind, RestrictionList

NOTE = "Ann Lee has diabetes"
WHO = {"subject": "patient 7"}


async def test_a_remembered_permit_does_not_outlast_the_listing_nor_a_refusal_its_end(serve):
    made = await serve("local/eu")
    key = await made.key("acme-eu", "clinical-notes", "DE")
    asked = [await made.ask(key, NOTE, **WHO) for _ in range(2)]
    assert [reply.status for reply in asked] == [200, 200]
    assert made.engine.asked < 2 * len(asked)  # some of these were remembered decisions

    restrictions = RestrictionList(made.subjects)
    since = datetime.fromtimestamp(made.clock.now(), UTC)
    new = NewRestriction("acme-eu", "patient 7", RestrictionKind.OBJECTION, since, None, "DSR-9")
    entry = await restrictions.add(new, "alice")
    refused = await becomes(made, key, 403)
    assert refused.code == "SUBJECT_RESTRICTED"
    sent = len(made.upstreams.sent)
    assert (await made.ask(key, NOTE, subject="patient 7", restricted="no")).code == "SUBJECT_RESTRICTED"
    assert len(made.upstreams.sent) == sent
    assert (await made.ask(key, NOTE, subject="patient 8")).status == 200
    await restrictions.lift(entry, "bob")
    await becomes(made, key, 200)


async def becomes(made, key, status):
    """Ask until the notification has arrived, which takes milliseconds."""
    async with asyncio.timeout(5):
        while (reply := await made.ask(key, NOTE, **WHO)).status != status:
            await asyncio.sleep(0.02)
    return reply
