"""The script that anybody can check a proof with: it knows nothing of the product, and believes no forgery."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from proxy.audit.sealing.keys import AuditSigningKey
from proxy.audit.verification import proof
from testing import proofs

SCRIPT = Path(__file__).parents[2] / "docs" / "how-to" / "check_proof.py"
KEY = str(proofs.KEY.verifier)


@pytest.fixture(scope="module")
def check():
    return runpy.run_path(str(SCRIPT))["check"]


def document(identity: str = "x3") -> dict:
    return orjson.loads(proof.written(proofs.some().proof(identity)))


def test_it_is_short_and_imports_nothing_of_the_product():
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 95
    assert "proxy" not in [word for line in text.splitlines() if "import" in line for word in line.split()]


@pytest.mark.parametrize("number", range(7))
def test_every_exchange_is_proven(check, number):
    kinds = [columns["kind"] for columns in check(document(f"x{number}"), [KEY])]
    assert kinds == ["decision", "attempt", "outcome"]


@pytest.mark.parametrize("forgery", proofs.FORGERIES)
def test_forgery_is_refused(check, forgery):
    forged = document()
    proofs.FORGERIES[forgery](forged)
    with pytest.raises((Exception, SystemExit)):
        check(forged, [KEY])


def test_another_key_proves_nothing(check):
    for other in (AuditSigningKey.generate(proofs.KEY.origin), AuditSigningKey.generate("another/log")):
        with pytest.raises(SystemExit):
            check(document(), [str(other.verifier)])


def test_it_runs_from_a_shell_also_without_assertions(tmp_path):
    file = tmp_path / "proof.json"
    file.write_bytes(orjson.dumps(document()))
    done = subprocess.run([sys.executable, "-O", SCRIPT, file, KEY], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "proven")
    file.write_bytes(orjson.dumps(document()).replace(b"us-1", b"de-1"))
    done = subprocess.run([sys.executable, "-O", SCRIPT, file, KEY], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "proven" not in done.stdout
