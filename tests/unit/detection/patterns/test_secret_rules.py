from __future__ import annotations

import base64
import hashlib
import random
import string
import sys
import uuid

import pytest

from proxy.detection.patterns.secret_rules import RECOGNIZER, SecretRules
from proxy.detection.pool.worker import resident_bytes
from proxy.runtime import private
from testing import models, rule_cache

pytestmark = pytest.mark.heavy


ALNUM = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"

#: How each provider's keys are made: literal parts and (alphabet, length) of the random ones.
PROVIDERS = {
    "1password": ("A3-", (UPPER, 6), "-", (UPPER, 11), "-", (UPPER, 5), "-", (UPPER, 5), "-", (UPPER, 5)),
    "figma": ("figd_", (ALNUM, 40)),
    "doppler": ("dp.pt.", (ALNUM, 43)),
    "openrouter": ("sk-or-v1-", (HEX, 64)),
    "frameio": ("fio-u-", (LOWER, 64)),
    "shippo": ("shippo_live_", (HEX, 40)),
    "rubygems": ("rubygems_", (HEX, 48)),
    "pulumi": ("pul-", (HEX, 40)),
    "prefect": ("pnu_", (ALNUM, 36)),
    "planetscale": ("pscale_pw_", (ALNUM, 43)),
    "dynatrace": ("dt0c01.", (UPPER, 24), ".", (UPPER, 64)),
    "easypost": ("EZAK", (LOWER, 54)),
    "flutterwave": ("FLWSECK_TEST-", (HEX, 32), "-X"),
    "gitlab runner": ("GR1348941", (ALNUM, 20)),
    "vercel": ("vck_", (ALNUM, 56)),
    "brave": ("BSA", (ALNUM, 27)),
    "openshift": ("sha256~", (ALNUM, 43)),
    "sendinblue": ("xkeysib-", (HEX, 64), "-", (LOWER, 16)),
    "age": ("AGE-SECRET-KEY-1", ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
    "datadog": ("datadog_api_key = ", (LOWER, 40)),
}


@pytest.fixture(scope="module")
def rules() -> SecretRules:
    return models.secret_rules()


def made(recipe, seed: int) -> str:
    source = random.Random(seed)
    return "".join(
        part if isinstance(part, str) else "".join(source.choice(part[0]) for _ in range(part[1])) for part in recipe
    )


@pytest.mark.parametrize("provider", PROVIDERS)
def test_keys_of_many_providers_are_found_whole(rules, provider):
    for seed in range(10):
        key = made(PROVIDERS[provider], seed)
        text = f"please call it with {key} and tell me"
        found = rules.find(text)
        assert found, key
        assert all(f.entity_type == "CREDENTIAL" and f.recognizer.startswith(RECOGNIZER) for f in found)
        assert text[found[0].start : found[0].end] == key.rpartition(" ")[2]


def test_offsets_are_characters(rules):
    key = made(PROVIDERS["figma"], 1)
    text = f"schöner Schlüssel für Łukasz \U0001f511: {key} \udc80"
    (found,) = rules.find(text)
    assert text[found.start : found.end] == key


def test_a_remark_in_the_text_switches_nothing_off(rules):
    key = made(PROVIDERS["figma"], 1)
    for remark in ("kingfisher:ignore", "gitleaks:allow", "betterleaks:allow", "pragma: allowlist secret"):
        assert rules.find(f"{key} # {remark}"), remark


@pytest.mark.parametrize("number", range(20))
def test_hashes_ids_and_pictures_are_no_secrets(rules, number):
    source = random.Random(number)
    sha = hashlib.sha256(str(number).encode()).hexdigest()
    for text in (
        f"commit {sha[:40]}",
        f"sha256:{sha}",
        f'etag "{sha[:32]}"',
        f"git checkout {sha[:7]}",
        f"trace id {uuid.UUID(int=source.getrandbits(128))}",
        f"heroku app id {uuid.UUID(int=source.getrandbits(128))}",
        "data:image/png;base64," + base64.b64encode(source.randbytes(300)).decode(),
        f'"integrity": "sha512-{base64.b64encode(source.randbytes(64)).decode()}"',
        f"docker pull nginx@sha256:{sha}",
        f"discord client id {source.randrange(10**17, 10**18)}",
    ):
        assert rules.find(text) == [], text


def test_without_the_package_there_are_no_rules(monkeypatch):
    monkeypatch.setitem(sys.modules, "kingfisher_sdk.rules", None)
    assert SecretRules.load() is None


def test_rules_from_the_cache_find_the_same_and_a_damaged_cache_is_made_anew(rules, tmp_path):
    """What was compiled is loaded only where its digest is right; without a cache that can be written, rules work."""
    cache = private.folder(tmp_path / "cache")
    rule_cache.give(cache)
    for kept in cache.iterdir():
        damaged = bytearray(kept.read_bytes())
        damaged[len(damaged) // 2] ^= 0xFF
        kept.write_bytes(damaged)
    text = "please call it with " + made(PROVIDERS["sendinblue"], 1)
    for status in ("stored", "loaded"):
        again = SecretRules(cache)
        assert again.cache_status == status
        assert again.find(text) == rules.find(text) != []
        good = {kept.name: kept.read_bytes() for kept in rule_cache.folder().iterdir()}
        mended = [kept for kept in cache.iterdir() if kept.read_bytes() == good.get(kept.name)]
        assert [kept.stat().st_mode & 0o777 for kept in mended] == [0o600]
    (tmp_path / "file").write_text("")
    nowhere = SecretRules(tmp_path / "file")
    assert nowhere.cache_status == "bypassed"
    assert nowhere.find(text) == rules.find(text)


def test_the_first_key_in_hexadecimal_takes_no_memory_that_workers_could_share():
    rules = SecretRules(rule_cache.folder())
    before = resident_bytes()
    rules.find("Key: 91bd02c4e7aa65f3807c12de94ab53")
    assert resident_bytes() - before < 10 << 20
