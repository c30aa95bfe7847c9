"""``compliance-proxy detect`` as a process: a line is answered before the next one is sent."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from testing import rule_cache

COMMAND = [sys.executable, "-m", "proxy", "detect"]


@pytest.fixture(scope="module", autouse=True)
def installation(tmp_path_factory):
    """A state folder in which the rules are compiled."""
    state = tmp_path_factory.mktemp("state")
    rule_cache.give(state / "cache")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PROXY_STATE_DIR", str(state))
        yield
    rule_cache.keep(state / "cache")


def test_lines_are_answered_one_by_one_and_in_batches():
    with subprocess.Popen(
        [*COMMAND, "--jsonl", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write('{"id": 1, "text": "My SSN is 521-44-9382"}\n')
        child.stdin.flush()
        first = json.loads(child.stdout.readline())
        assert first["id"] == 1
        assert [f["entity_type"] for f in first["findings"]] == ["US_SSN"]
        for number in range(2, 40):
            child.stdin.write(json.dumps({"id": number, "text": f"number {number}"}) + "\n")
        child.stdin.close()
        assert [json.loads(line)["id"] for line in child.stdout] == list(range(2, 40))
    assert child.returncode == 0


def test_text_is_written_deidentified(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Dr. Maria Schmidt, SSN 521-44-9382.\n")
    done = subprocess.run([*COMMAND, "--transform", "redact", str(file)], capture_output=True, text=True, check=True)
    assert "Schmidt" not in done.stdout
    assert "521-44-9382" not in done.stdout


def test_findings_are_shown_with_their_reason(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("SSN 521-44-9382")
    done = subprocess.run([*COMMAND, "--explain", str(file)], capture_output=True, text=True, check=True)
    assert "US_SSN" in done.stdout
    assert "us_ssn" in done.stdout


def test_a_request_is_read_as_the_proxy_reads_it(tmp_path):
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"model": "m", "messages": [{"role": "user", "content": "SSN 521-44-9382"}]}))
    command = [*COMMAND, "--body", "/v1/chat/completions", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    [row] = map(json.loads, done.stdout.splitlines())
    assert (row["pointer"], row["coverage"]) == ("/messages/0/content", "complete")
    assert [f["entity_type"] for f in row["findings"]] == ["US_SSN"]
    odd = subprocess.run([*COMMAND, "--body", "/v1/nowhere", str(file)], capture_output=True, text=True, check=False)
    assert (odd.returncode, odd.stdout) == (2, "")
    assert "521-44-9382" not in odd.stderr
