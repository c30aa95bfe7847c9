from __future__ import annotations

import os
import stat

import pytest

from proxy.errors import ConfigurationError
from proxy.runtime import private


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def wide_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_folder_is_its_owners_alone_also_one_that_was_open(tmp_path):
    (tmp_path / "open").mkdir(mode=0o755)
    for name in ("new", "open"):
        assert mode(private.folder(tmp_path / name)) == 0o700


def test_a_folder_that_all_share_is_refused(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(ConfigurationError, match="PROXY_STATE_DIR"):
        private.folder(shared)
    assert private.folder_if_possible(shared) is None


def test_a_file_follows_its_folder(tmp_path):
    """A bundle in a shared volume is read by an engine of another user; in the state directory by nobody else."""
    (tmp_path / "volume").mkdir()
    (tmp_path / "volume").chmod(0o755)
    for folder, wanted in ((private.folder(tmp_path / "state"), 0o600), (tmp_path / "volume", 0o644)):
        for content in (b"1", b"2"):
            private.write(folder / "file", content)
        assert (mode(folder / "file"), (folder / "file").read_bytes()) == (wanted, b"2")
        assert os.listdir(folder) == ["file"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    folder = private.folder(tmp_path / "state")
    private.write(folder / "file", b"1")
    with pytest.raises(TypeError):
        private.write(folder / "file", "not bytes")  # type: ignore[arg-type]
    assert os.listdir(folder) == ["file"]
    assert (folder / "file").read_bytes() == b"1"


def test_what_is_opened_and_what_was_open_is_closed(tmp_path):
    with private.opened(tmp_path / "log", "wb") as log:
        log.write(b"x")
    assert mode(tmp_path / "log") == 0o600
    (tmp_path / "old").write_text("x")
    private.close(tmp_path / "old")
    private.close(tmp_path / "absent")
    assert mode(tmp_path / "old") == 0o600
