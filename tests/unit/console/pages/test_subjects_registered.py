from __future__ import annotations

import re

import pytest

OLD = {
    "tenant": "acme", "name": "staff", "role": "provider", "people": 3, "loaded": "2026-01-02T03:04:05+00:00",
    "loaded_by": "<b>bob", "version": 1, "outdated": True, "matches": None,
}  # fmt: skip


async def test_lists_say_rows_age_version_and_matches(served):
    served.console.api.registered.rows = [OLD]
    async with served.browser("auditor") as browser:
        status, text, _ = await browser.get("/console/registered")
    assert status == 200
    old, new = (re.sub(r"<[^>]+>", " ", row) for row in text.split("<tr>")[2:4])
    for said in ("patients", "1,200", "25 Nov 2026 10:00", "alice", "version 3", " 7 "):
        assert said in new
    for said in ("staff", "2 Jan 2026 03:04", "&lt;b&gt;bob", "made by version 1: load the list again"):
        assert said in old
    assert "matches" in text.lower()


@pytest.mark.parametrize(("role", "status"), [("privacy-officer", 200), ("audit-reader", 403), ("registry-admin", 403)])
async def test_lists_are_for_officers(served, role, status):
    async with served.browser(role) as browser:
        assert (await browser.get("/console/registered"))[0] == status


async def test_a_process_without_lists_says_so(served):
    served.console.api.registered = None
    async with served.browser("privacy-officer") as browser:
        status, text, _ = await browser.get("/console/registered")
    assert (status, "Not shown" in text) == (200, True)
