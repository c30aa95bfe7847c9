"""A human mistake is one sentence and exit status 2, never a traceback."""

from __future__ import annotations

import os

import pytest

from testing import commands

pytestmark = pytest.mark.heavy


def command(*words, **variables):
    given = {name: value for name, value in os.environ.items() if not name.startswith("PROXY_")} | variables
    return commands.run(*words, environment=given, timeout=60)


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (
            ("serve",),
            {"PROXY_FILE_PART": "opaque"},
            "PROXY_FILE_PART is not a setting; the nearest is PROXY_FILE_PARTS",
        ),
        (("run",), {"PROXY_PORT": "web"}, "PROXY_PORT must be a whole number"),
        (("doctor",), {"PROXY_LOG_LEVEL": "loud"}, "PROXY_LOG_LEVEL must be 'debug', 'info'"),
        (("serve",), {"PROXY_OIDC_ISSUER": "https://idp.example"}, "PROXY_OIDC_AUDIENCE"),
        (("audit", "list"), {"DATABASE_URL": "postgres://127.0.0.1:1/d"}, "the evidence cannot be read"),
        (("keys", "list"), {"PROXY_SECRET_KEY": "s3cret", "DATABASE_URL": "postgres://h/d"}, "32 bytes"),
    ],
)
def test_mistakes_are_told_in_a_sentence(tmp_path, words, variables, said):
    done = command(*words, PROXY_STATE_DIR=str(tmp_path), **variables)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr


def test_a_folder_that_cannot_be_made_is_named():
    done = command("run", PROXY_STATE_DIR="/proc/nowhere")
    assert done.returncode in {1, 2}
    assert "/proc/nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_the_command_names_is_not_taken_for_the_state_folders(tmp_path):
    done = command("detect", "./gone.txt", PROXY_STATE_DIR=str(tmp_path))
    assert (done.returncode, done.stderr.strip()) == (2, "gone.txt: No such file or directory")


def test_the_version_is_printed():
    assert command("--version").stdout.startswith("compliance-proxy ")
