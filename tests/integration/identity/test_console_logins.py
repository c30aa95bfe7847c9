from __future__ import annotations

import json
from datetime import timedelta

import pytest

from proxy.core.keyring import Keyring
from proxy.identity.console_logins import IDLE, LONGEST, MOST_VIEWS, ONCE, ConsoleLogins, LoginKind
from testing import evidence

PERSON = {"person": "officer", "roles": ["auditor"], "tenant": "acme", "by": "console_link"}


@pytest.fixture
def clock():
    return evidence.FixedClock()


@pytest.fixture
async def logins(started, fresh_dsn, clock):
    return await started(ConsoleLogins(fresh_dsn, evidence.KEYRING, clock))


def passed(clock, time: timedelta):
    clock.seconds += time.total_seconds()


@pytest.mark.parametrize("kind", [LoginKind.LINK, LoginKind.ASKING])
async def test_what_is_taken_is_gone(logins, kind):
    token = await logins.add(kind, PERSON)
    assert len(token) >= 43
    assert (await logins.take(kind, token)).login == PERSON
    assert await logins.take(kind, token) is None


async def test_a_link_is_no_session_and_a_session_no_link(logins):
    link, session = await logins.add(LoginKind.LINK, PERSON), await logins.add(LoginKind.SESSION, PERSON)
    assert await logins.session(link) is None
    assert await logins.take(LoginKind.LINK, session) is None
    assert await logins.session(session) is not None


async def test_a_link_ends_after_ten_minutes(logins, clock):
    token = await logins.add(LoginKind.LINK, PERSON)
    passed(clock, ONCE)
    assert await logins.take(LoginKind.LINK, token) is None


async def test_a_session_ends_when_it_is_not_used_and_after_eight_hours(logins, clock):
    idle, used = await logins.add(LoginKind.SESSION, PERSON), await logins.add(LoginKind.SESSION, PERSON)
    for _ in range(int(LONGEST / IDLE) * 2 - 1):
        passed(clock, IDLE / 2)
        assert await logins.session(used) is not None
    assert await logins.session(idle) is None
    passed(clock, IDLE / 2)
    assert await logins.session(used) is None


async def test_a_session_that_is_revoked_ends_at_once(logins):
    token, other = (
        await logins.add(LoginKind.SESSION, PERSON),
        await logins.add(LoginKind.SESSION, {**PERSON, "person": "b"}),
    )
    assert await logins.revoke("officer") == 1
    assert await logins.session(token) is None
    assert await logins.session(other) is not None


async def test_the_secret_is_not_in_the_database_and_a_purpose_is_kept(logins, superuser):
    token = await logins.add(LoginKind.SESSION, PERSON)
    await logins.give_purpose(await logins.session(token), "review of Q3")
    assert (await logins.session(token)).purpose == "review of Q3"
    rows = await superuser.fetch("SELECT * FROM identity.console_login")
    assert token not in str([dict(row) for row in rows])


@pytest.mark.parametrize(
    "forged",
    [
        'login = login || \'{"roles": ["privacy-officer"]}\'',
        "kind = 'session'",
        "ends = ends + interval '1 day'",
        "began = began + interval '1 second'",
        "digest = sha256('known')",
    ],
)
async def test_a_row_that_nobody_with_the_master_key_made_is_not_obeyed(logins, superuser, forged):
    kind = LoginKind.LINK if forged.startswith("kind") else LoginKind.SESSION
    token = await logins.add(kind, PERSON)
    await superuser.execute(f"UPDATE identity.console_login SET {forged}")
    assert await logins.session("known" if forged.startswith("digest") else token) is None


async def test_a_session_outlasts_a_new_master_key(logins, started, fresh_dsn, clock):
    token = await logins.add(LoginKind.SESSION, PERSON)
    rotated = Keyring(b"n" * 32, read_only=(evidence.KEYRING,))
    assert await (await started(ConsoleLogins(fresh_dsn, rotated, clock))).session(token) is not None


async def test_what_has_ended_is_forgotten(logins, clock, superuser):
    await logins.add(LoginKind.SESSION, PERSON)
    await logins.add(LoginKind.LINK, PERSON)
    passed(clock, LONGEST)
    await logins.add(LoginKind.LINK, {**PERSON, "person": "b"})
    rows = await superuser.fetch("SELECT login FROM identity.console_login")
    assert [json.loads(row["login"])["person"] for row in rows] == ["b"]


async def test_a_person_keeps_lists_by_name_up_to_a_number(logins):
    officer = ("acme", "officer")
    assert await logins.keep_view(*officer, "b", "p=7d")
    assert await logins.keep_view(*officer, "a", "action=block")
    assert await logins.keep_view(*officer, "b", "p=30d")
    assert await logins.views(*officer) == {"a": "action=block", "b": "p=30d"}
    assert await logins.views("other", "officer") == {}
    for number in range(MOST_VIEWS - 2):
        assert await logins.keep_view(*officer, f"n{number}", "")
    assert not await logins.keep_view(*officer, "one too many", "")
    assert await logins.keep_view(*officer, "a", "p=7d")
    await logins.forget_view(*officer, "a")
    assert len(await logins.views(*officer)) == MOST_VIEWS - 1
