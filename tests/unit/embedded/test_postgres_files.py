from __future__ import annotations

import os

import pytest

from proxy.embedded import postgres_files as files
from proxy.errors import ConfigurationError

pytestmark = pytest.mark.heavy


def test_places_are_private_and_short(tmp_path):
    at = files.places(tmp_path)
    assert (at.binaries / "initdb").exists()
    assert at.sockets.stat().st_mode & 0o077 == 0
    assert len(os.fsencode(at.sockets / files.SOCKET)) <= 103


def test_data_of_a_missing_version_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ConfigurationError, match="PostgreSQL 9"):
        files.places(tmp_path)


def test_runtime_folder_open_to_others_is_refused(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run").chmod(0o755)
    with pytest.raises(ConfigurationError, match="open to others"):
        files.places(tmp_path)


def test_runtime_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError):
        files.places(tmp_path)


def test_left_over_is_a_living_process_only(tmp_path):
    assert files.orphan(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n/data\n")
    assert files.orphan(tmp_path) == os.getpid()
    (tmp_path / "postmaster.pid").write_text("999999999\n")
    assert files.orphan(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("")
    assert files.orphan(tmp_path) is None
