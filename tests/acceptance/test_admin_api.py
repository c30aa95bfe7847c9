"""The admin API of a stack with two workers, its registry in the database and signed bundles, over HTTP alone."""

from __future__ import annotations

import base64
import json
import subprocess
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from proxy.runtime.resources import shipped
from testing.stack import CommandLine
from tests.acceptance.world.stand import Answer

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.timeout(600)]
MARK = "zebulon-canary-leak"
#: Seconds that every process may take to follow a change: a busy machine proves policies slowly.
WAIT_S = 60
RULE = """# METADATA
# title: Night
# description: No requests at all.
# related_resources:
# - ref: https://example.com/our-policy
# custom:
#   rule_id: org.{name}
package org.{name}

import rego.v1

# METADATA
# title: Night
# description: No requests at all.
# related_resources:
# - ref: https://example.com/our-policy
# custom:
#   rule_id: org.{name}
#   codes: [NIGHT]
deny contains {{"code": "NIGHT", "rule_id": "org.{name}", "citation": ["ours"], "evidence": []}} if {{
	input.activity.id != "{activity}"
}}
"""
#: What may be answered again.
KEPT = """
# METADATA
# title: Boats
# description: Whoever asks for a boat twice gets the same.
# related_resources:
# - ref: https://example.com/our-policy
# custom:
#   rule_id: org.{name}
oblige contains {{
	"type": "cache_reply",
	"rule_id": "org.{name}",
	"when": "before_egress",
	"params": {{"max_age_s": 60}},
}} if {{
	input.activity.id == "support-chat"
}}
"""
TEST = """package org.{name}_test

import rego.v1

import data.org.{name}

test_night if {{
	count({name}.deny) == {count} with input as {{"activity": {{"id": "x"}}}}
}}
"""


def overlay(name="night", activity="none", count=1, more=""):
    return {
        f"{name}/{name}.rego": (RULE + more).format(name=name, activity=activity),
        f"{name}/{name}_test.rego": TEST.format(name=name, count=count),
    }


class Site:
    """The running product and two administrators."""

    def __init__(self, folder: Path) -> None:
        key = ed25519.Ed25519PrivateKey.generate()
        encoding, public = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        plain = serialization.NoEncryption()
        self.signing, self.verifying = folder / "key.pem", folder / "key.pub"
        self.signing.write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
        self.verifying.write_bytes(key.public_key().public_bytes(encoding, public))
        self.line = CommandLine(
            folder / "state", PROXY_REGISTRY="database", PROXY_WORKERS="2", PROXY_DECISION_CACHE_TTL_S="0.1",
            PROXY_POLICY_SIGNING_KEY=str(self.signing), PROXY_POLICY_VERIFICATION_KEY=str(self.verifying),
        )  # fmt: skip
        self.line.start()
        self.keys = {name: self.key(name) for name in ("policy-admin", "registry-admin", "policy-reader")}
        self.keys["another-key"] = self.key("registry-admin")
        self.keys["second"] = self.key("registry-admin", "second")

    def key(self, role, service="ops"):
        made = self.line.run(
            "keys", "create", "--tenant", "demo-eu", "--service", service, "--activity", "support-chat",
            "--ingress-region", "DE", "--role", role,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def ask(self, method, path, body=None, role="policy-admin", timeout=120, **headers):
        url = f"{self.line.stack.proxy_url}{path if path.startswith('/v1') else f'/admin/v1/{path}'}"
        given = {"Authorization": f"Bearer {self.keys.get(role, role)}", "Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, content, given | named, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                return Answer(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, dict(refused.headers), refused.read())

    def result(self, path, body):
        answer = self.ask("POST", path, body)
        assert answer.status == 200, answer.body
        return answer.json["ok"], answer.json["result"]

    def chat(self, key=None):
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Name a boat."}]}
        return self.ask("POST", "/v1/chat/completions", body, key or self.line.key)

    def change(self, method, path, body=None, role="registry-admin", base=None, **query):
        base = base or self.ask("GET", "registry", role="registry-admin").json["revision"]
        words = urllib.parse.urlencode({"wait": WAIT_S, **query})
        return self.ask(method, f"registry/{path}?{words}", body, role, If_Match=f'"{base}"')


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("admin"))
    yield made
    made.line.stop()
    for log in (made.line.state_dir / "log").iterdir():
        assert MARK not in log.read_text(errors="replace"), log


def test_a_rule_from_check_to_live_and_back_and_what_it_lets_be_answered_again(site):
    rule = {"files": overlay()}
    assert site.result("policy/check", {"overlay": rule})[0]
    ok, tested = site.result("policy/test", {"overlay": rule, "match": "org."})
    assert (ok, tested["total"]) == (True, 1)
    question = json.loads((shipped("policies") / "examples" / "input.json").read_text())
    assert site.result("policy/eval", {"input": question})[1]["action"] != "block"
    assert "NIGHT" in site.result("policy/eval", {"input": question, "overlay": rule})[1]["block_codes"]
    exchange = site.chat().exchange
    ok, replayed = site.result("policy/replay", {"since": "1h", "overlay": rule, "fail_on_change": True})
    assert (ok, replayed["changed"] >= 1) == (False, True)
    explained = site.ask("POST", "policy/explain", {"request_id": exchange}).json
    assert explained["result"]["decision"]["action"] == "forward"
    assert explained["result"]["decision"]["policy"]["revision"] in explained["remarks"][0]
    before = site.ask("GET", "policy").json["revisions"]
    try:
        refused = agreed(site, overlay(count=0))
        assert not refused["ok"]
        assert any("test_night" in replica["refused"] for replica in refused["replicas"])
        assert eventually(lambda: all(replica["refused"] for replica in site.ask("GET", "policy").json["replicas"]))
        assert site.ask("GET", "policy").json["revisions"] == before
        assert agreed(site, overlay())["ok"]
        assert (site.chat().status, site.chat().json["error"]["code"]) == (403, "NIGHT")
        (after,) = site.ask("GET", "policy").json["revisions"]
        compared = {"before": {"revision": before[0]}, "after": {"revision": after}, "since": "1h"}
        assert site.result("policy/diff", compared)[1]["changed"] >= 1
    finally:
        assert agreed(site, overlay(activity="support-chat", more=KEPT))["ok"]
    assert site.chat().status == 200
    assert eventually(lambda: ";hit;" in site.chat().headers["cache-status"])
    assert ";fwd=miss" in site.chat(site.key("dry-run", "another")).headers["cache-status"]


def agreed(site, rules):
    """Store rules as one administrator, put them in force as another; return the answer."""
    assert site.change("PUT", "rules", rules).status == 403
    base = site.ask("GET", "registry", role="registry-admin").json["revision"]
    asked = {"revision": site.change("PUT", "rules", rules, activate="false").json["revision"]}
    return site.ask("POST", f"registry/activate?wait={WAIT_S}", asked, "second", If_Match=f'"{base}"').json


def test_a_signed_bundle_from_elsewhere(site, tmp_path):
    def built(*more):
        out = tmp_path / "b.tar.gz"
        for name, text in overlay(activity="support-chat", count=1).items():
            (tmp_path / "ours" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "ours" / name).write_text(text)
        ours = str(tmp_path / "ours")
        made = site.line.run("policy", "build", "--untested", "--overlay", ours, "--out", str(out), *more)
        assert made.returncode == 0, made.stderr
        return {"bundle": base64.b64encode(out.read_bytes()).decode()}

    ok, refused = site.result("policy/activate", built())
    assert (ok, refused["reason"]) == (False, "signature")
    ok, done = site.result("policy/activate", built("--sign", str(site.signing)))
    assert (ok, done["revisions"]) == (True, [done["revision"]])
    assert site.result("policy/activate", {})[0]


def test_the_registry_is_changed_looked_back_at_and_put_back(site):
    before = site.ask("GET", "registry", role="registry-admin").json["revision"]
    place = "targets.standin/eu.dpa.ref"
    made = site.change("PUT", place, "dpa-9", comment="renewed")
    assert made.status == 200, made.body
    assert (made.json["ok"], [one["path"] for one in made.json["changes"]]) == (True, [place])
    assert {one["registry_revision"] for one in made.json["replicas"]} == {made.json["revision"]}
    assert len(made.json["replicas"]) == 2
    assert site.change("PUT", place, "x", base=before).status == 412
    assert site.change("PUT", place, "x", role="policy-admin", base=before).status == 403
    shown = site.ask("GET", f"registry/changes?from={before}", role="registry-admin").json["changes"]
    assert shown == [{"path": place, "kind": "changed", "before": "demo-dpa", "after": "dpa-9"}]
    back = site.ask(
        "POST",
        f"registry/activate?wait={WAIT_S}",
        {"revision": before},
        "registry-admin",
        If_Match=f'"{made.json["revision"]}"',
    )
    assert (back.status, back.json["ok"]) == (200, True), back.body
    history = site.ask("GET", "registry/revisions", role="registry-admin").json["revisions"]
    assert [one["revision"] for one in history if one["active"]] == [before]


def test_an_exception_needs_a_second_administrator(site):
    grant = {"id": "ex-9", "waives": ["NO_DPA"], "approved_by": ["a", "b"], "expires": "2099-01-01"}
    assert site.change("PUT", "exceptions", [grant]).status == 403
    made = site.change("PUT", "exceptions", [grant], activate="false")
    assert (made.status, made.json["active"]) == (200, False), made.body
    asked = {"revision": made.json["revision"]}
    based = {"If_Match": f'"{made.json["parent"]}"'}
    for author in ("registry-admin", "another-key"):
        assert site.ask("POST", "registry/activate", asked, author, **based).status == 403
    assert site.ask("POST", "registry/activate", asked, "second", **based).json["active"]
    assert site.change("DELETE", "exceptions").json["active"]


def exported(site, role, **asked):
    """Ask for an export, wait for it, and return its reply."""
    today = datetime.now(UTC).date()
    span = {"since": str(today - timedelta(days=1)), "until": str(today + timedelta(days=2))}
    made = site.ask("POST", "audit/exports", {"purpose": "inspection", "parameters": span, **asked}, role)
    assert made.status == 202, made.body
    place = f"audit/exports/{made.json['id']}"
    for _ in range(2 * WAIT_S):
        told = site.ask("GET", place, role=role).json
        if told["state"] not in {"waiting", "running"}:
            break
        time.sleep(0.5)
    assert told["state"] == "done", told
    return site.ask("GET", f"{place}/result", role=role)


def test_evidence_is_exported_in_the_background(site, tmp_path):
    assert site.chat().status == 200
    site.keys["auditor"] = site.key("auditor")
    report = exported(site, "auditor", kind="report", name="monthly", format="html")
    assert (report.status, report.body[:15].lower()) == (200, b"<!doctype html>")
    records = exported(site, "auditor", kind="records", name="", format="tar.gz")
    (tmp_path / "records.tar.gz").write_bytes(records.body)
    with tarfile.open(tmp_path / "records.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    checked = site.line.run("audit", "verify", "--offline", str(tmp_path / "export"))
    assert checked.returncode in {0, 3}, checked.stdout + checked.stderr  # 3: the newest records wait for an anchor
    assert checked.stdout.startswith("sound")


def test_every_call_is_evidence_and_nothing_sent_is_kept(site):
    rego = {"files": {"x/x.rego": f"package org.x # {MARK}"}}
    site.ask("POST", "policy/eval", {"input": {"a": MARK}, "overlay": rego})
    site.ask("POST", "policy/check", {"overlay": rego})
    site.change("PUT", "targets.nobody", {MARK: MARK})
    site.ask("GET", f"registry/{MARK}", role="registry-admin")
    assert site.ask("GET", f"{MARK}", role=site.line.key).status == 403
    said = site.line.run("audit", "events", "--limit", "500", "--json").stdout
    assert MARK not in said
    calls = [one["facts"] for one in map(json.loads, said.splitlines()) if one["action"] == "admin_call"]
    assert {"policy.eval", "policy.check", "registry.put_place", "registry.read_place", "unknown"} <= {
        one["operation"] for one in calls
    }
    assert site.line.run("audit", "verify").returncode == 0


def test_a_caller_that_leaves_ends_the_command(site):
    slow = "count([1 | some a in numbers.range(1, 20000); some b in numbers.range(1, 20000); a == b + 30000]) == 1"
    rule = {"files": {"x/x.rego": f'package org.x\n\nimport rego.v1\n\nprefer contains {{"target": "a"}} if {slow}\n'}}
    question = json.loads((shipped("policies") / "examples" / "input.json").read_text())
    body = {"input": question, "overlay": rule}
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(site.ask, "POST", "policy/eval", body, timeout=5)
        assert eventually(lambda: confined(site) != []), "the command is not seen while it runs"
        assert not asked.done()
        with pytest.raises(TimeoutError):
            asked.result()
    assert eventually(lambda: confined(site) == [])


def eventually(holds):
    until = time.monotonic() + 10
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.1)
    return held


def confined(site):
    """Commands of the admin API that run below this site's workers."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    below = {site.line.stack.pids["proxy"]}
    for pid, parent, _ in rows:
        if int(parent) in below:
            below.add(int(pid))
    return [pid for pid, parent, args in rows if int(parent) in below and "api.confined" in args]
