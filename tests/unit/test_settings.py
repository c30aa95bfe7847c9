from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import ValidationError

from proxy.settings import Handover, Settings

pytestmark = pytest.mark.heavy


@pytest.fixture
def environment(monkeypatch):
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


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("PROXY_FILE_PART", "PROXY_FILE_PARTS"), ("PROXY_POLICY_VERIFICATION", "PROXY_POLICY_VERIFICATION_KEY"),
     ("PROXY_DATABASE_ULR", "PROXY_DATABASE_URL"), ("PROXY_X", "PROXY_")],
)  # fmt: skip
def test_a_variable_that_would_be_ignored_ends_the_start(environment, misspelt, meant):
    environment.setenv(misspelt, "s3cret")
    with pytest.raises(ValidationError, match=f"{misspelt} is not a setting; the nearest is {meant}") as caught:
        Settings()
    assert "s3cret" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize("name", ["PROXY_WORKER_OF", "PROXY_DETECTION_NURSERY", "PROXY_POLICY_STATUS", "PROXY_HANDED"])
def test_what_only_a_parent_says_is_no_setting(environment, name):
    environment.setenv(name, "{}")
    with pytest.raises(ValidationError, match=f"{name} is not a setting"):
        Settings()
    assert name not in set(Settings.variables())


HEARD = "from proxy.settings import *; import os; receive_handover(); print(Settings().handover.worker_of, dict(os.environ))"


def test_a_child_hears_its_parent_and_passes_nothing_on(environment):
    told = dict(os.environ) | Handover(worker_of=7).environment()
    done = subprocess.run([sys.executable, "-c", HEARD], env=told, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("7 ")
    assert "HANDED" not in done.stdout


@pytest.mark.parametrize("said", ['{"by": 1, "worker_of": 1}', "{}", "7", "x", '{"by": 1, "port": 3}'])
def test_what_somebody_else_says_ends_the_start(environment, said):
    done = subprocess.run(
        [sys.executable, "-m", "proxy", "serve"], env=dict(os.environ) | {"COMPLIANCE_PROXY_HANDOVER": said},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "COMPLIANCE_PROXY_HANDOVER is not a setting" in done.stderr


def test_credentials_by_name(environment):
    environment.setenv("TARGET_ACME_KEY", "sk-1")
    environment.setenv("OPENAI_API_KEY", "")
    settings = Settings()
    assert settings.credential("TARGET_ACME_KEY").get_secret_value() == "sk-1"
    assert (
        settings.credential("OPENAI_API_KEY") is settings.credential("TARGET_NONE") is settings.credential("") is None
    )


@pytest.mark.parametrize(
    "name",
    ["PROXY_SECRET_KEY", "DATABASE_URL", "HOME", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "TARGET_X\n", "target_x"],
)
def test_what_is_not_made_for_targets_is_no_credential(environment, name):
    if "\n" not in name:
        environment.setenv(name, "s3cret")
    assert Settings().credential(name) is None


@pytest.mark.parametrize("changes", [{"oidc_audience": "a"}, {"oidc_jwks": "f"}, {}])
def test_an_issuer_needs_audience_and_keys(environment, changes):
    with pytest.raises(ValidationError, match="PROXY_OIDC_AUDIENCE"):
        Settings(oidc_issuer="https://idp.example", **changes)


def test_images_are_not_read_where_nothing_is(environment):
    with pytest.raises(ValidationError, match="PROXY_FILE_PARTS=text"):
        Settings(ocr="local", file_parts="opaque")


@pytest.mark.parametrize("password", ["plain", "a/b@c#d?e:f%20 &=+\"'\\", "päss"])
def test_a_password_of_its_own_needs_no_encoding(environment, password):
    environment.setenv("DATABASE_URL", "postgresql://proxy_serve@db.example:5432/proxy?sslmode=require")
    environment.setenv("PROXY_DATABASE_PASSWORD", password)
    parts = urlsplit(Settings().database_url.get_secret_value())
    assert (unquote(parts.password), parts.username, parts.hostname, parts.port) == (
        password,
        "proxy_serve",
        "db.example",
        5432,
    )
    assert (parts.path, parts.query, parts.fragment) == ("/proxy", "sslmode=require", "")
    assert password not in repr(Settings())


@pytest.mark.parametrize("url", ["postgresql://db.example/proxy", "postgresql://login:other@db.example/proxy"])
def test_a_password_needs_a_login_without_one(environment, url):
    environment.setenv("DATABASE_URL", url)
    environment.setenv("PROXY_DATABASE_PASSWORD", "secret-canary")
    with pytest.raises(ValidationError, match="PROXY_DATABASE_PASSWORD needs a DATABASE_URL") as refused:
        Settings()
    assert "canary" not in str(refused.value)


def test_closed_sets_are_closed(environment):
    with pytest.raises(ValidationError, match="log_level"):
        Settings(log_level="verbose")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described(name):
    assert Settings.model_fields[name].description


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_used(name):
    import proxy

    root = Path(proxy.__file__).parent
    sources = [path.read_text() for path in root.rglob("*.py") if path.name != "settings.py"]
    assert any(f"settings.{name}" in text or f'"{name}"' in text or f"_{name.upper()}" in text for text in sources)
