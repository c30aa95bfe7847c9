"""What a superuser, a writer's login and the holder of the product's key do to the evidence, and that it is named."""

from __future__ import annotations

import pytest

from bench.tamper.attacks import ATTACKS, QUIET
from bench.tamper.ground import Ground
from bench.tamper.outside import ATTEMPTS
from proxy.audit.upkeep.anchors.file import FileAnchor


@pytest.fixture(scope="module")
def ground(postgres_server, tmp_path_factory) -> Ground:
    name = f"tampered_{tmp_path_factory.getbasetemp().name.replace('-', '_')}"
    postgres_server.run(postgres_server.named(name))
    made = Ground(postgres_server.postgres, name, FileAnchor(tmp_path_factory.mktemp("anchor") / "audit.anchor"))
    postgres_server.run(made.fill(24))
    return made


def test_untouched_evidence_is_sound(postgres_server, ground):
    dsn = postgres_server.postgres.dsn_of(ground.name)
    assert postgres_server.run(ground.verify(dsn, ground.anchor.lines())).state == "witnessed"
    assert postgres_server.run(ground.verify(dsn, ())).state == "unwitnessed"


@pytest.mark.cases(6)
@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.name for attack in ATTACKS])
def test_attack_is_named_and_makes_no_answer_false(postgres_server, ground, attack):
    anchored, alone, answers = postgres_server.run(ground.attacked(attack))
    assert postgres_server.run(ground.lies(answers)) == []
    assert attack.hidden or answers
    assert anchored.state == attack.state
    assert alone.state == attack.alone


@pytest.mark.parametrize("done", QUIET)
def test_healthy_log_is_never_accused(postgres_server, ground, done):
    report = postgres_server.run(ground.surrounded(QUIET[done]))
    assert (report.state, report.damages) == ("witnessed", [])


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_attempt_outside_the_database_is_named(postgres_server, ground, attempt):
    assert postgres_server.run(ATTEMPTS[attempt](ground))


def test_reader_of_a_weakened_database_really_became_its_owner(postgres_server, ground):
    """The attack is no sham: the record that the reader removed is missing."""
    attack = next(one for one in ATTACKS if one.name == "reader ran code as the owner")
    anchored, *_ = postgres_server.run(ground.attacked(attack))
    assert {"missing", "protection"} <= {one.what for one in anchored.damages}
