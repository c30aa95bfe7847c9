from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest

from proxy.errors import ConfigurationError
from proxy.keys import master_key
from proxy.settings import Settings

pytestmark = pytest.mark.heavy


SECRET = base64.b64encode(b"k" * 32).decode()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("PROXY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "master.key"
    path.write_text(SECRET + "\n")
    return path


def test_it_comes_from_the_variable_a_file_or_a_command(key_file):
    for settings in (
        Settings(secret_key=SECRET),
        Settings(secret_key_file=key_file),
        Settings(secret_key_command=f"cat '{key_file}'"),
    ):
        assert master_key.keyring(settings).master == b"k" * 32


OLD, OLDER = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"p"))


def test_old_keys_come_from_a_variable_a_file_or_further_lines(key_file, tmp_path):
    lines = tmp_path / "old.keys"
    lines.write_text(f"{OLD}\n{OLDER}\n")
    several = tmp_path / "several"
    several.write_text(f"{SECRET}\n{OLD}\n{OLDER}\n")
    for settings in (
        Settings(secret_key=SECRET, old_secret_keys=f"{OLD}, {OLDER}"),
        Settings(secret_key_file=key_file, old_secret_keys_file=lines),
        Settings(secret_key_file=key_file, old_secret_keys=OLD, old_secret_keys_file=lines),
        Settings(secret_key_file=several),
        Settings(secret_key_file=several, old_secret_keys=SECRET),
    ):
        ring = master_key.keyring(master_key.resolved(settings))
        assert ring.master == b"k" * 32
        assert [one.master for one in ring.read_only] == [b"o" * 32, b"p" * 32]


@pytest.mark.parametrize("old", [{"old_secret_keys": "short"}, {"old_secret_keys_file": "/no/such/file"}])
def test_a_bad_old_key_names_its_setting(old):
    with pytest.raises(ConfigurationError, match="PROXY_OLD_SECRET_KEYS"):
        master_key.keyring(Settings(secret_key=SECRET, **old))


def test_two_sources_are_one_too_many(key_file):
    with pytest.raises(ValueError, match="set only one of") as caught:
        Settings(secret_key=SECRET, secret_key_file=key_file)
    assert SECRET[:6] not in str(caught.value)


@pytest.mark.parametrize("secret", ["short", "not base64!", base64.b64encode(b"k" * 31).decode(), SECRET + "\u00e9"])
def test_a_bad_key_is_refused_without_being_quoted(secret):
    with pytest.raises(ConfigurationError, match="32 bytes") as caught:
        master_key.keyring(Settings(secret_key=secret))
    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "given", [{}, {"secret_key": ""}, {"secret_key_file": "/no/such/file"}, {"secret_key_command": "false"},
              {"secret_key_command": "/no/such/program"}, {"secret_key_command": "'"}],
)  # fmt: skip
def test_a_missing_key_names_the_setting(given):
    with pytest.raises(ConfigurationError, match="PROXY_SECRET_KEY"):
        master_key.keyring(Settings(**given))


def test_settings_with_the_key_itself_ask_no_more(key_file):
    settings = master_key.resolved(Settings(secret_key_file=key_file))
    key_file.unlink()
    assert master_key.keyring(settings).master == b"k" * 32


_CHILD = """
import os, pathlib, sys
from proxy.settings import Settings, withdraw_master_key
withdraw_master_key()
from proxy.keys import master_key
assert master_key.keyring(Settings()).master == b"k" * 32
assert master_key.keyring(Settings()).master == b"k" * 32
shown = pathlib.Path("/proc/self/environ").read_bytes() if sys.platform == "linux" else b""
assert sys.argv[1].encode() not in shown, shown
assert not any(sys.argv[1] in value for value in os.environ.values())
"""


def test_the_key_is_gone_from_the_environment_once_it_is_read():
    given = {**os.environ, "PROXY_SECRET_KEY": SECRET, "PROXY_PORT": "1"}
    subprocess.run([sys.executable, "-c", _CHILD, SECRET], env=given, check=True, timeout=60)
    given = {**os.environ, "PROXY_SECRET_KEY": SECRET, "PROXY_OLD_SECRET_KEYS": OLD, "PROXY_PORT": "1"}
    subprocess.run([sys.executable, "-c", _CHILD, OLD], env=given, check=True, timeout=60)


def test_a_child_gets_the_key_through_a_pipe():
    with master_key.handed(SECRET) as (given, passed):
        subprocess.run(
            [sys.executable, "-c", _CHILD, SECRET], env={**os.environ, **given}, pass_fds=passed, check=True, timeout=60
        )
