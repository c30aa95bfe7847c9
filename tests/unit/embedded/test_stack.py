from __future__ import annotations

import socket
from types import SimpleNamespace

import pytest

from proxy.embedded import stack, state
from proxy.embedded.stack import Stack
from proxy.errors import ConfigurationError
from proxy.runtime import migrations
from proxy.settings import Handover, Settings

SWITCHES = ("DATABASE_URL", "OPA_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", stack.STANDIN_URL, stack.MODEL_URL)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in SWITCHES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path):
    return Settings(state_dir=tmp_path, port=0)


def names(made):
    return {part.name for part in made.parts}


def test_everything_runs_here_by_default(settings):
    made = Stack(settings)
    assert names(made) == {"postgres", "policy", "model", "provider", "proxy"}
    proxy = next(part for part in made.parts if part.name == "proxy")
    assert set(proxy.needs) == {"postgres"}  # it loads while the others do, and listens when all can do their work
    assert len({made.proxy_url, made.opa_url, made.model_url, made.provider_url}) == 4


def test_models_that_the_parent_keeps_loaded_are_used(tmp_path):
    made = Stack(Settings(state_dir=tmp_path, port=0, handover=Handover(detection_nursery=7)))
    assert names(made) == {"postgres", "policy", "model", "provider", "proxy"}
    assert next(part for part in made.parts if part.name == "proxy").descriptors == (7,)


@pytest.mark.parametrize(("switch", "value", "off"), [
    ("DATABASE_URL", "postgresql://u:hush@db/x", "postgres"),
    ("OPA_URL", "http://opa:8181", "policy"),
    (stack.MODEL_URL, "http://model:8000", "model"),
    (stack.STANDIN_URL, "http://provider:8000", "provider"),
])  # fmt: skip
def test_an_address_switches_the_part_off(monkeypatch, tmp_path, switch, value, off):
    monkeypatch.setenv(switch, value)
    made = Stack(Settings(state_dir=tmp_path, port=0))
    assert names(made) == {"postgres", "policy", "model", "provider", "proxy"} - {off}
    rows = {row.name: row for row in made.where()}
    assert not rows["database" if off == "postgres" else off].embedded
    assert "hush" not in repr(rows)


def test_a_provider_credential_switches_the_stand_in_off(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    made = Stack(Settings(state_dir=tmp_path, port=0))
    assert "provider" not in names(made)
    assert made.provider_url == ""


def test_secrets_reach_only_the_proxy(monkeypatch, settings):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    made = Stack(settings)
    for part in made.parts:
        if part.name in {"policy", "model", "provider"}:
            assert "sk-canary" not in repr(dict(part.environment()))
            assert "PROXY_SECRET_KEY" not in part.environment()


def test_taken_port_is_replaced_unless_it_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("PROXY_PORT", raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} on 127.0.0.1 is taken"):
            Stack(Settings(state_dir=tmp_path, port=port))
        only_default = Settings(state_dir=tmp_path).model_copy(update={"port": port})
        only_default.model_fields_set.discard("port")
        assert not Stack(only_default).proxy_url.endswith(f":{port}")


def test_second_stack_on_the_same_folder_is_refused(settings):
    with state.hold(settings.state_dir), pytest.raises(ConfigurationError, match="already running"):
        Stack(settings)


def test_a_real_model_is_named_by_its_file(settings, tmp_path):
    made = Stack(settings, tmp_path / "mistral-7b.gguf")
    assert any("mistral-7b.gguf" in row.what for row in made.where())


def test_registry_is_files_unless_it_is_to_be_in_the_database(settings, tmp_path):
    rows = {row.name: row for row in Stack(settings).where()}
    assert rows["registry"].address == str(settings.config_dir)
    made = Stack(Settings(state_dir=tmp_path, port=0, registry="database", config_dir=tmp_path / "none"))
    rows = {row.name: row for row in made.where()}
    assert "in the database" in rows["registry"].what
    assert names(made) == {"postgres", "policy", "model", "provider", "proxy"}


@pytest.mark.parametrize("embedded", [True, False])
async def test_a_database_of_another_build_is_named_by_its_folder(settings, monkeypatch, embedded):
    async def prepare(*_):
        migrations.pending((), {"0001_schema.sql": "0" * 64})

    async def refuse(_):
        pass

    monkeypatch.setattr(stack.first_start, "prepare_database", prepare)
    monkeypatch.setattr(stack.example_mark, "refuse", refuse)
    monkeypatch.setattr(Stack, "database_url", "postgresql://db/x")
    if not embedded:
        monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
        settings = Settings(state_dir=settings.state_dir, port=0)
    proxy = next(part for part in Stack(settings).parts if part.name == "proxy")
    with pytest.raises(ConfigurationError, match=r"0001_schema\.sql; use the build that made it") as refusal:
        await proxy.prepare()
    assert (f"{settings.state_dir}: " in str(refusal.value)) == embedded
    assert ("another PROXY_STATE_DIR" in str(refusal.value)) == embedded


async def test_the_first_bundle_is_written_before_the_database_starts(settings, monkeypatch):
    asked = []

    def renew(*_, starting, log_dsn):
        asked.append((starting, log_dsn))
        return SimpleNamespace(registry_revision="r1")

    monkeypatch.setattr(stack.rollout, "renew", renew)
    await Stack(settings)._write_bundles(starting=True)
    assert asked == [(True, "")]
