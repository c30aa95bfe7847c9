"""A part that is made in a process of its own is the one that is made in this one."""

from __future__ import annotations

import os

import pytest

from proxy.audit.access import deriving
from proxy.audit.access.closing import PartCloser
from proxy.audit.access.deriving import UnreadStretch
from proxy.audit.upkeep.checkpointer import Checkpointer
from proxy.audit.verification import reading
from proxy.audit.verification.parts import PartContents
from proxy.audit.verification.reading import EvidenceDamagedError
from proxy.audit.verification.verify import verify
from proxy.audit.writing.session import STATEMENTS
from proxy.errors import AuditUnavailableError
from testing import evidence

KEY = evidence.SIGNING.verifier
FREE = "SET session_replication_role = replica; "


@pytest.fixture
async def noted(log, serve):
    """A log whose exchanges are under a note."""

    async def more(*names: str) -> None:
        for name in names:
            await serve(log, name)
        await log.event_durable("flush", {})
        await Checkpointer.of(log, (), 10.0).once()

    await more("x1", "x2")
    return more


async def parts_in(superuser):
    rows = await superuser.fetch(STATEMENTS["parts"])
    return [(tuple(row), PartContents(*await superuser.fetchrow(STATEMENTS["part_contents"], row[0]))) for row in rows]


async def test_a_process_of_its_own_makes_the_very_same_parts(noted, fresh_dsn, reader, superuser):
    here, apart = PartCloser(fresh_dsn, evidence.SIGNING), PartCloser(fresh_dsn, evidence.SIGNING, apart=True)
    assert await apart.once(least=1)
    first = await parts_in(superuser)
    assert first[0][0][4] == 2
    await superuser.execute("DELETE FROM audit.part")
    assert await here.once(least=1)
    assert await parts_in(superuser) == first
    await noted("x3")
    assert await apart.once(least=1)  # takes up the one before
    [(row, _)] = await parts_in(superuser)
    assert row[4] == 3
    assert (await reading.recomputed(reader, KEY), (await verify(reader, KEY)).damages) == ([], [])


async def test_a_damaged_log_makes_no_part_there_either(noted, fresh_dsn, superuser):
    await superuser.execute(f"{FREE} UPDATE audit.record SET hash = sha256('x') WHERE kind = 'outcome'")
    with pytest.raises(EvidenceDamagedError, match="the log is damaged, so nothing can be stated: "):
        await PartCloser(fresh_dsn, evidence.SIGNING, apart=True).once(least=1)
    assert await parts_in(superuser) == []


async def test_a_log_that_is_not_the_one_of_the_part_before_makes_none(noted, fresh_dsn, superuser, monkeypatch):
    closer = PartCloser(fresh_dsn, evidence.SIGNING)
    assert await closer.once(least=1)
    before = await parts_in(superuser)
    await noted("x3")
    derived = deriving.derived

    async def of_another(*about):
        return (await derived(*about))._replace(start=bytes(32))

    monkeypatch.setattr(deriving, "derived", of_another)
    with pytest.raises(EvidenceDamagedError, match="its parts"):
        await closer.once(least=1)
    assert await parts_in(superuser) == before


async def test_a_process_that_fails_makes_no_part_and_names_the_kind_and_the_place_alone():
    with pytest.raises(AuditUnavailableError, match=r"ended early: \w+Error at \w+\.py:\d+$"):
        await deriving.apart("postgresql://nobody@127.0.0.1:9/none", KEY, UnreadStretch(0, 1))


def test_an_answer_that_breaks_off_is_none():
    contents = PartContents(b"a", b"bc", b"def")
    whole = deriving.DerivedStretch(bytes(32), b"\1" * 32, 2, 0, deriving.RecordCount(6, 0, 1, 2), contents)
    assert deriving._read(deriving._written(whole)) == whole
    for size in (1, 40, len(deriving._written(whole)) - 1):
        with pytest.raises(AuditUnavailableError, match="ended early"):
            deriving._read(deriving._written(whole)[:size])


async def test_it_gets_no_secret_of_the_environment_and_no_key_that_signs(monkeypatch):
    asked = []

    async def answered(module, request, variables, **_):
        asked.append((module, request, variables))
        return b""

    monkeypatch.setenv("TARGET_SECRET_KEY", "s3cret")
    monkeypatch.setenv("PGSSLROOTCERT", "root.crt")
    monkeypatch.setattr(deriving.child_process, "answered", answered)
    with pytest.raises(AuditUnavailableError):
        await deriving.apart("postgresql://db/log", KEY, UnreadStretch(0, 1))
    [(module, request, variables)] = asked
    assert (module, variables["PGSSLROOTCERT"]) == (deriving.__name__, "root.crt")
    assert not any("SECRET" in name for name in variables)
    assert str(KEY).encode() in request
    assert variables.items() <= os.environ.items()
