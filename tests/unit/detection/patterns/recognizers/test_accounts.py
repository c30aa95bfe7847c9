from __future__ import annotations

import pytest

from testing import models

SCANNER = models.scanner()


def names(text: str) -> list[str]:
    return [text[f.start : f.end] for f in SCANNER.scan(text) if f.entity_type == "USERNAME"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("INFO login ok user=jdoe ip=10.2.3.4", "jdoe"),
        ('level=warn username="awhitfield" msg=denied', "awhitfield"),
        ("updated_by=mkowalski", "mkowalski"),
        ("sshd[212]: Accepted password for mkowalski from 10.0.0.7 port 22", "mkowalski"),
        ("sshd[9]: Failed password for invalid user tbraun from 10.0.0.7", "tbraun"),
        ("pam_unix(sshd:session): session opened for user lfischer(uid=1000)", "lfischer"),
        ("sudo: jdoe : TTY=pts/0 ; PWD=/srv", "jdoe"),
        ("<jdoe> hi there", "jdoe"),
        ("hello\n[12:01] <anna_s> me too", "anna_s"),
        ("@DrPatel can you look at this?", "DrPatel"),
        ("cc @mwhitfield.", "mwhitfield"),
        ("thanks @jsmith_99!", "jsmith_99"),
        ("(@anna.schmidt)", "anna.schmidt"),
    ],
)
def test_user_names(text: str, name: str) -> None:
    assert name in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "user=root uid=0 login=admin owner=www-data",
        "Accepted publickey for root from 10.0.0.7",
        "@Override public String toString()",
        "@property\ndef name(self): ...",
        "import x from '@angular/core'",
        "@media (max-width: 20px)",
        "@app.route('/x')",
        "@pytest.mark.parametrize",
        "if (user=getUser()) {",
        "a@b and 12 @ 3.40 each",
        "List<String> names = <div> x",
        "docker pull x@sha256:abc",
    ],
)
def test_nobodys_names(text: str) -> None:
    assert names(text) == []
