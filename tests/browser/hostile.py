"""A running product in which whatever somebody may name is named with markup, and what a spreadsheet would run."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from proxy.console.security import csrf_token
from proxy.runtime.resources import shipped
from proxy.web.api.access import ROLES
from testing.stack import CommandLine
from tests.browser.conftest import TEXTS


def evil(who: str) -> str:
    """Return a name that runs if a page takes it for markup, in text, attribute, script or title, or a sheet for a formula."""
    return f"=1+1'\"></title></textarea></select></script><img src=x alt={who} onerror=ran=1><svg onload=ran=1><script>ran=1</script>"


def short(who: str) -> str:
    """Return such a name for where names are short."""
    return f'=2"><img src=x alt={who} onerror=ran=1>'


#: Stands in every name that is of the hostile tenant; nobody who reads another tenant may see it.
MARK = "of-evil"
EVIL, SHORT, RIVAL = evil(MARK), short(MARK), "rival"
#: A name in what all tenants share: the registry.
SHARED = evil("shared")
SUBJECT = f"patient {SHORT}"
RULE = f"""title: {json.dumps(EVIL)}
rules:
  - id: my_rule
    title: {json.dumps(EVIL)}
    description: {json.dumps(EVIL)}
    source: {{title: {json.dumps(EVIL)}, url: "https://example.org/?<img>"}}
    when: {{activities: [{json.dumps(SHARED)}], third_party: true}}
    deny: {{message: {json.dumps(EVIL)}}}
"""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to the test."""

    def redirect_request(self, *_):
        return None


class Reply:
    """A status, headers and a text."""

    def __init__(self, status, headers, content):
        self.status, self.headers, self.content = status, headers, content

    @property
    def text(self):
        return self.content.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.content)


class Client:
    """Speaks HTTP with the product, as a browser with a session or as a caller with a key."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url, self.headers, self.token = url, headers, ""
        self._opener = urllib.request.build_opener(NoRedirect)

    def send(self, method, path, content=None, headers=()):
        cookie = {"Cookie": f"cp_session={self.token}"} if self.token else {}
        request = urllib.request.Request(
            f"{self.url}{path}", content, {**self.headers, **cookie, **dict(headers)}, method=method
        )
        try:
            with self._opener.open(request, timeout=120) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as refused:
            return Reply(refused.code, refused.headers, refused.read())

    def get(self, path):
        return self.send("GET", path)

    def call(self, method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body).encode()
        return self.send(method, path, content, {"Content-Type": "application/json", **named})

    def form(self, path, headers=(), **fields):
        """Post a form of the console, from its own page."""
        sent = {"csrf": csrf_token(self.token), **fields}
        same = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, urllib.parse.urlencode(sent).encode(), {**kind, **same, **dict(headers)})

    def done(self, path, **fields):
        """Post a form that is taken; return where it leads."""
        reply = self.form(path, **fields)
        assert reply.status == 303, re.sub(r"\s+", " ", reply.text)[-3000:]
        return reply.headers["Location"]


class HostileProduct:
    """The product with hostile records of the tenant ``EVIL``, and another tenant, ``RIVAL``."""

    def __init__(self, folder: Path) -> None:
        self.line = CommandLine(
            folder / "state", PROXY_REGISTRY="database", PROXY_CONFIG_DIR=str(_config(folder / "config"))
        )
        self.line.start()
        self.url = self.line.stack.proxy_url
        self.ids: dict[str, str] = {}
        self.officer = self.logged_in(f"officer {EVIL}")
        self.rival = self.logged_in("rival", "--role=audit-reader", f"--tenant={RIVAL}", purpose="a look around")
        self.admin = self.caller(self.key(EVIL, f"admin {EVIL}", *(f"--role={role}" for role in ROLES)))
        self.rival_key = self.caller(self.key(RIVAL, "rival", "--role=audit-reader"))
        self._traffic()
        self._acts()
        self._wait()

    def run(self, *words: str) -> str:
        ended = self.line.run(*words)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout.strip()

    def key(self, tenant: str, service: str, *options: str) -> str:
        activity = SHARED if tenant == EVIL else "support-chat"
        return self.run(
            "keys", "create", f"--tenant={tenant}", f"--service={service}", f"--activity={activity}",
            "--activity=support-chat", "--activity=emotion-monitoring", "--ingress-region=DE", *options,
        )  # fmt: skip

    def link(self, *options: str) -> str:
        if not any(option.startswith("--tenant") for option in options):
            options = (f"--tenant={EVIL}", *options)
        return re.search(r"http\S+/console/login\?link=\S+", self.run("console", *options))[0]

    def logged_in(self, name: str, *options: str, purpose: str = EVIL) -> Client:
        """Return somebody who logged in and said why."""
        client = Client(self.url)
        link = self.link(f"--as={name}", *options).partition("link=")[2]
        reply = client.form("/console/login", link=link)
        assert reply.status == 303, reply.text
        client.token = re.search(r"cp_session=([^;]+)", reply.headers["Set-Cookie"])[1]
        client.done("/console/session/purpose", purpose=purpose)
        return client

    def caller(self, key: str) -> Client:
        return Client(self.url, Authorization=f"Bearer {key}")

    def asked(self, method: str, path: str, body: object = None, **headers: str):
        """Return what the admin API answers the hostile tenant's administrator."""
        reply = self.admin.call(method, f"/admin/v1/{path}", body, **headers)
        assert reply.status < 300, reply.text
        return reply.json

    def _traffic(self) -> None:
        caller = self.caller(self.key(EVIL, EVIL))
        tool = {"name": EVIL, "description": EVIL, "parameters": {"type": "object", "properties": {EVIL: {}}}}
        named = {"user": EVIL, "metadata": {EVIL: EVIL}, "tools": [{"type": "function", "function": tool}]}
        for text, activity in (*TEXTS, ("Say hello.", "")):
            body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]} | (
                {} if activity else named
            )
            more = {"x_compliance_activity": activity} if activity else {"x_compliance_subject": SUBJECT}
            reply = caller.call("POST", "/v1/chat/completions", body, **more)
            assert reply.status in {200, 403}, reply.text
        self.ids["exchange"] = reply.headers["x-compliance-exchange"]
        part = {"type": "input_file", "filename": f"{EVIL}.txt", "file_data": "data:text/plain;base64,aGVsbG8="}
        body = {"model": "gpt-4o-mini", "input": [{"role": "user", "content": [part]}]}
        assert caller.call("POST", "/v1/responses", body).status == 200
        assert self.rival_key.call("POST", "/v1/chat/completions", {"model": EVIL, "messages": []}).status == 400

    def _acts(self) -> None:
        officer, person = self.officer, {"tenant": EVIL, "subject": SUBJECT, "ticket": "DSR-1"}
        narrowed = urllib.parse.urlencode({"activity": SHARED, "tenant": EVIL})
        officer.done("/console/views", name=SHORT, query=narrowed)
        officer.done("/console/holds", matter="M-1", tenant=EVIL, activity=SHARED)
        for act in ("pack", "restriction", "erase"):
            officer.done("/console/subjects/act", act=act, **person)
        officer.done(
            "/console/schedules", kind="question", name="AQ-14", format="csv", every="month", **{"p.service": EVIL}
        )
        officer.done("/console/integrity")
        reader = self.caller(self.key(EVIL, f"reader {EVIL}", "--role=audit-reader"))
        narrowed = {
            "kind": "question",
            "name": "AQ-14",
            "format": "html",
            "purpose": EVIL,
            "parameters": {"service": EVIL},
        }
        assert reader.call("POST", "/admin/v1/audit/exports", narrowed).status == 202
        grant = {"tenant": EVIL, "ticket": "M-2", "reason": EVIL, "activity": SHARED, "service": EVIL}
        self.ids["grant"] = self.asked("POST", "break-glass", grant)["grant"]
        self.asked("PUT", "registered/staff", {"tenant": EVIL, "columns": "name=name", "csv": "name\nOttilie Brandt\n"})
        base = self.asked("GET", "registry")["revision"]
        provider = json.dumps({"legal_name": EVIL, "role": "processor", "parent_country": "DE"})
        officer.done("/console/registry", new="providers", name=EVIL, value=provider, base=base, comment=EVIL)
        officer.done("/console/playground/ask", name="my_rule", kind="yaml", yaml=RULE, why=EVIL)

    def _wait(self) -> None:
        """Wait until what was asked for is done, and gather the ids."""
        until = time.monotonic() + 120
        while True:
            exports = {
                row["kind"]: row for row in self.asked("GET", "audit/exports")["exports"] if row["state"] == "done"
            }
            proof = self.admin.get(f"/admin/v1/audit/exchanges/{self.ids['exchange']}/proof").status
            if {"question", "verification"} <= exports.keys() and proof == 200:
                break
            assert time.monotonic() < until, (exports, proof)
            time.sleep(0.5)
        self.ids |= {"export": exports["question"]["id"], "verification": exports["verification"]["id"]}
        self.ids["schedule"] = self.asked("GET", "audit/schedules")["schedules"][0]["id"]
        self.ids["restriction"] = self.asked("GET", "subjects/restrictions")["restrictions"][0]["id"]
        self.ids["hold"] = self.asked("GET", "holds")["holds"][0]["id"]
        self.ids["key"] = next(row["id"] for row in self.asked("GET", "keys")["keys"] if row["tenant"] == EVIL)
        self.waiting = [row["id"] for row in self.asked("GET", "inbox")["waiting"]]
        self.ids["request"] = next(name for name in self.waiting if name.startswith("rq_"))


def _config(folder: Path) -> Path:
    shutil.copytree(shipped("config"), folder)
    registry = yaml.safe_load((folder / "registry.yaml").read_text())
    registry["tenants"] |= {name: {"us_person": False, "establishments": ["DE"]} for name in (EVIL, RIVAL)}
    registry["activities"][SHARED] = dict(registry["activities"]["support-chat"])
    registry["providers"]["standin"]["legal_name"] = SHARED
    registry["targets"]["standin/eu"]["dpa"] |= {
        "ref": SHARED,
        "expires": str((datetime.now(UTC) + timedelta(days=20)).date()),
    }
    (folder / "registry.yaml").write_text(yaml.safe_dump(registry, sort_keys=False))
    return folder
