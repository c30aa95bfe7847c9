from __future__ import annotations

import pytest
from pydantic import SecretStr

from proxy.core.targets.access import Access
from proxy.errors import TargetCredentialError
from proxy.upstreams.credentials import Credentials
from testing.fakes import target


def keyed(name):
    return target("a", access=Access(credential_file=name))


def test_a_secret_comes_from_the_environment_or_from_a_file(tmp_path):
    (tmp_path / "key").write_text("sk-file\n")
    credentials = Credentials(lambda name: SecretStr("sk-env") if name == "KEY" else None, tmp_path)
    assert credentials.of(keyed("key")).get_secret_value() == "sk-file"
    assert credentials.of(target("a", access=Access(credential="KEY"))).get_secret_value() == "sk-env"
    assert credentials.of(target("a", access=Access(credential="OTHER"))) is None
    assert credentials.of(target("a")) is None


def test_a_file_is_read_again_when_it_changes(tmp_path):
    credentials = Credentials(lambda _: None, tmp_path)
    (tmp_path / "key").write_text("one")
    assert credentials.of(keyed("key")).get_secret_value() == "one"
    (tmp_path / "new").write_text("two")
    (tmp_path / "new").replace(tmp_path / "key")  # as an orchestrator swaps secrets
    assert credentials.of(keyed("key")).get_secret_value() == "two"


@pytest.mark.parametrize("name", ["absent", "empty", "large", "../outside", "sub/key", ".hidden", "folder", "binary"])
def test_what_is_no_credential_file_is_told_without_path_or_content(tmp_path, name):
    inside = tmp_path / "secret-place"
    (inside / "sub").mkdir(parents=True)
    (inside / "folder").mkdir()
    (tmp_path / "outside").write_text("sk-outside")
    for file, text in {"empty": " \n", "large": "k" * 70_000, "sub/key": "sk-sub", ".hidden": "sk-hidden"}.items():
        (inside / file).write_text(text)
    (inside / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(TargetCredentialError) as caught:
        Credentials(lambda _: None, inside).of(keyed(name))
    assert "secret-place" not in str(caught.value)
    assert "sk-" not in str(caught.value)


def test_without_a_folder_no_file_is_read(tmp_path):
    with pytest.raises(TargetCredentialError):
        Credentials(lambda _: None).of(keyed("key"))
