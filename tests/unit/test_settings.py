from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from proxy.settings import Settings


@pytest.fixture
def environment(monkeypatch):
    import os

    for name in [
        name for name in os.environ if name.startswith("PROXY_") or name in {"DATABASE_URL", "OPA_URL", "OPA_BIN"}
    ]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_defaults_need_nothing(environment):
    settings = Settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8080, 1)
    assert settings.database_url is settings.opa_url is settings.secret_key is None
    assert (settings.config_dir / "registry.yaml").is_file()
    assert settings.policies_dir.is_dir()


def test_the_environment_is_read(environment, tmp_path):
    environment.setenv("PROXY_PORT", "9000")
    environment.setenv("PROXY_STATE_DIR", str(tmp_path))
    environment.setenv("PROXY_UNHEARD_OF", "x")
    settings = Settings()
    assert (settings.port, settings.state_dir) == (9000, tmp_path)


def test_arguments_win_over_the_environment(environment):
    environment.setenv("PROXY_PORT", "9000")
    assert Settings(port=1234).port == 1234


@pytest.mark.parametrize("prefix", ["", "PROXY_"])
def test_customary_names(environment, prefix):
    environment.setenv(prefix + "DATABASE_URL", "postgres://user:secret@db/x")
    environment.setenv(prefix + "OPA_URL", "http://opa:8181")
    environment.setenv(prefix + "OPA_BIN", "/bin/opa")
    settings = Settings()
    assert settings.database_url.get_secret_value() == "postgres://user:secret@db/x"
    assert (settings.opa_url, settings.opa_bin) == ("http://opa:8181", Path("/bin/opa"))


def test_the_prefixed_name_wins(environment):
    environment.setenv("DATABASE_URL", "postgres://a")
    environment.setenv("PROXY_DATABASE_URL", "postgres://b")
    assert Settings().database_url.get_secret_value() == "postgres://b"


def test_secrets_are_not_printed(environment):
    settings = Settings(secret_key="s3cret", database_url="postgres://u:s3cret@db")
    assert "s3cret" not in repr(settings) + str(settings) + str(settings.model_dump())


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", -1), ("port", 70000), ("workers", 0), ("audit_timeout_s", 0), ("policy_deadline_s", 0), ("vault_ttl_s", 1),
     ("detection_queue", 0), ("tenant_concurrency", 0), ("port", "x")],
)  # fmt: skip
def test_values_out_of_range(environment, name, value):
    with pytest.raises(ValidationError):
        Settings(**{name: value})


def test_frozen(environment):
    with pytest.raises(ValidationError):
        Settings().port = 1


def test_credentials_by_name(environment):
    environment.setenv("SOME_API_KEY", "sk-1")
    environment.setenv("EMPTY_KEY", "")
    settings = Settings()
    assert settings.credential("SOME_API_KEY").get_secret_value() == "sk-1"
    assert settings.credential("EMPTY_KEY") is settings.credential("NO_SUCH") is settings.credential("") is None


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described(name):
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_used(name):
    import proxy

    root = Path(proxy.__file__).parent
    sources = [path.read_text() for path in root.rglob("*.py") if path.name != "settings.py"]
    assert any(f"settings.{name}" in text or f'"{name}"' in text or f"_{name.upper()}" in text for text in sources)
