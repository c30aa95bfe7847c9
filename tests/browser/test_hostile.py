"""The running console among hostile names, and against people of another tenant, other sites and used logins."""

from __future__ import annotations

import csv
import html
import http.server
import io
import re
import threading
import urllib.parse
from contextlib import contextmanager

import pytest

from proxy.console import table as pages
from proxy.console.security import csrf_token
from proxy.reports import catalogue, composing
from proxy.web.api import table as operations
from tests.browser import cases, conftest, foreign
from tests.browser.hostile import EVIL, MARK, RIVAL, RULE, SHARED, SHORT, SUBJECT, Client, HostileProduct

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.heavy, pytest.mark.timeout(900)]
#: What a name would have made of a page that took it for markup; scripts of ours are files.
INJECTED = "img[src=x], [onerror], [onload], script:not([src])"
TIME = "since=2026-01-01&until=2031-01-01"
EVIL_IN_ADDRESS = urllib.parse.urlencode({"tenant": EVIL, "service": EVIL})
#: Pages beyond those of ``cases``, which show more of the names.
MORE = (
    f"exchanges?{EVIL_IN_ADDRESS}", "exchanges?activity=" + urllib.parse.quote(SHARED), "exchanges/{exchange}/explain",
    "registry?section=tenants", "registry?section=activities", "registry?section=providers", "access?name=console_login",
    "access?name=admin_call", "access?name=key_created", "access?name=subject_restricted", "policies?shadow=1",
    *("registry?" + urllib.parse.urlencode({"path": f'{section}."{name.replace(chr(34), chr(34) * 2)}"'})
      for section, name in (("tenants", EVIL), ("activities", SHARED))),
)  # fmt: skip


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    hostile = HostileProduct(tmp_path_factory.mktemp("hostile"))
    yield hostile
    hostile.line.stop()


#: What a browser says of a form that was refused.
_REFUSAL = re.compile("Failed to load resource: the server responded with a status of 4")


class Visitor:
    """Somebody's browser; ``messages`` is what its console printed."""

    def __init__(self, product, context):
        self.product, self.page, self.messages = product, context.new_page(), []
        self.page.set_default_timeout(120_000)
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.messages.append("a dialog"), dialog.dismiss()))

    def open(self, path):
        return self.page.goto(f"{self.product.url}/console/{path}")

    def post(self, path, **fields):
        """Send a form, as a page of the console would."""
        self.open("session")
        sent = {"csrf": csrf_token(self.product.officer.token), **fields}
        self.page.evaluate(
            """([path, fields]) => { const form = document.createElement('form'); form.method = 'post'; form.action = path;
            for (const [name, value] of fields) { const box = document.createElement('textarea'); box.name = name;
            box.value = value; form.append(box) } const button = document.createElement('button'); button.id = 'send';
            form.append(button); document.body.prepend(form) }""",
            [f"/console/{path}", list(sent.items())],
        )
        with self.page.expect_event("load"):  # of the answer: a script of ours may navigate within the page before
            self.page.click("#send")

    def check(self, path, planted=False):
        """Check that no name became anything but text, and that no text of a request is there."""
        assert self.page.evaluate("() => typeof ran") == "undefined", path
        assert self.page.locator(INJECTED).count() == 0, path
        assert [line for line in self.messages if not _REFUSAL.match(line)] == [], path
        assert planted or not [value for value in conftest.PLANTED if value in self.page.content()], path


@pytest.fixture
def visitor(product, chromium):
    context = chromium.new_context()
    context.add_cookies([{"name": "cp_session", "value": product.officer.token, "url": product.url}])
    yield Visitor(product, context)
    context.close()


def answers(product):
    """Yield the address of every question and report of which an address may ask."""
    values = {
        "since": "2026-01-01", "until": "2031-01-01", "at": "2026-12-01", "exchange": product.ids["exchange"], "activity": SHARED,
        "provider": "standin", "category": "health",
        "region": "IE",
    }  # fmt: skip
    for kind, every in (("questions", catalogue.every()), ("reports", composing.every())):
        for answer in every:
            required = answer.description.required
            if "subject" not in required:  # it stands in no address
                name = answer.id if kind == "questions" else answer.name
                yield f"{kind}/{name}", urllib.parse.urlencode({part: values[part] for part in required})


def test_no_page_takes_a_name_for_markup(product, visitor):
    asked = [f"{path}?ask=1&{query}" for path, query in answers(product)]
    decided = [f"approvals/{name}" for name in product.waiting]
    shown = []
    for path in (*cases.PAGES.values(), *MORE, *asked, *decided):
        address = path.format(**product.ids)
        assert visitor.open(address).status == 200, address
        visitor.check(address)
        shown += [address] if MARK in visitor.page.locator("main").inner_text().replace("\u200b", "") else []
    assert len(shown) > len(cases.PAGES) + len(decided), shown


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("try", {"text": f"{EVIL} Ottilie Brandt", "tenant": EVIL, "activity": SHARED, "model": "gpt-4o-mini", "region": "DE"}),
        ("try", {"text": EVIL, "tenant": SHORT, "activity": SHORT, "model": SHORT, "region": SHORT}),
        ("subjects", {"tenant": EVIL, "subject": SUBJECT, "ticket": EVIL}),
        ("registry", {"new": "providers", "name": f'{EVIL}"', "value": f'{{"{SHORT}', "base": "0", "comment": EVIL}),
        ("registry", {"place": f'tenants."{SHORT}', "value": "{}", "base": "0", "comment": EVIL}),
        ("playground", {"name": "my_rule", "kind": "yaml", "yaml": RULE, "do": "check"}),
        ("playground", {"name": "my_rule", "kind": "rego", "rule": EVIL, "twin": EVIL, "facts": EVIL, "do": "decide"}),
        ("playground", {"name": SHORT, "kind": "rego", "rule": EVIL, "do": "check"}),
        ("views", {"name": EVIL, "query": EVIL}),
        ("holds/x/release", {"ticket": EVIL}),
    ],
)  # fmt: skip
def test_no_answer_to_a_form_takes_what_it_said_for_markup(product, visitor, path, fields):
    visitor.post(path, **fields)
    visitor.check(path, planted=path == "try")
    assert MARK in visitor.page.content()


FORMULA = re.compile(r"(?:\A|[;\t\r\n|])[=+\-@\uff1d\uff0b\uff0d\uff20]")


def files(product):
    """Yield the address of every file that the console hands out."""
    for kind in ("csv", "jsonl", "json"):
        yield f"exchanges/file/{kind}"
        yield f"exchanges/file/{kind}?{EVIL_IN_ADDRESS}"
    yield from (path.format(**product.ids) for path in ("exchanges/{exchange}/proof", "exchanges/{exchange}/file"))
    yield from (path.format(**product.ids) for path in ("downloads/{export}/file", "integrity/{verification}/result"))
    for path, query in answers(product):
        kinds = ("csv", "html") if path.startswith("questions") else ("html",)
        yield from (f"{path}/file?format={kind}&{query}" for kind in kinds)
    yield from (f"questions/AQ-14/file?format={kind}" for kind in ("json", "jsonl"))


def test_every_file_is_one_to_keep_without_a_text_a_formula_or_a_script(product, chromium, tmp_path):
    printed, rows = [], 0
    for path in files(product):
        reply = product.officer.get(f"/console/{path}")
        assert (reply.status, reply.headers["X-Content-Type-Options"]) == (200, "nosniff"), path
        assert re.fullmatch(r'attachment; filename="[\w.-]+"', reply.headers["Content-Disposition"]), path
        assert not [value for value in conftest.PLANTED if value in reply.text], path
        if reply.headers["Content-Type"].startswith("text/csv"):
            cells = [cell for row in csv.reader(io.StringIO(reply.text, newline="")) for cell in row]
            rows += sum(MARK in cell for cell in cells)
            assert [cell for cell in cells if FORMULA.search(cell) and not re.fullmatch(r"-?[\d.e-]+", cell)] == [], (
                path
            )
        elif reply.headers["Content-Type"].startswith("text/html"):
            printed.append(tmp_path / f"{len(printed)}.html")
            printed[-1].write_bytes(reply.content)
    assert rows, "no name is in any table: this tests nothing"
    page = chromium.new_context(bypass_csp=True).new_page()
    for file in printed:  # as whoever keeps it opens it: nothing but its own markup protects them
        page.goto(file.as_uri())
        assert page.evaluate("() => typeof ran") == "undefined"
        assert page.locator(INJECTED).count() == 0
    assert len(printed) > len(composing.every())
    page.context.close()


def unreal(name):
    """Return an id like another one, of nothing."""
    return name[:-1] + ("b" if name[-1] != "b" else "c")


def answer(reply, name):
    """Return what an answer says, but for the id that was asked for and what tells answers apart."""
    text = html.unescape(re.sub(r'"request_id":"[^"]*"', "", reply.text)).replace(name, "ID")
    return reply.status, reply.headers["Location"], text


def state(product):
    """Return what nobody else may change."""
    lists = ("audit/schedules", "subjects/restrictions", "holds", "break-glass", "inbox", "keys", "audit/exports")
    rows = [row for path in lists for listed in product.asked("GET", path).values() for row in listed]
    return [{name: value for name, value in row.items() if name != "last_used"} for row in rows]


def test_another_tenants_reader_learns_and_changes_nothing_by_an_id(product):
    before = state(product)
    for route in pages.ROUTES:
        if route.path not in foreign.CONSOLE:
            continue
        name, fields = product.ids[foreign.CONSOLE[route.path]], {"ticket": "T-1", "finding": "accepted", "note": "x"}
        replies = [
            answer(product.rival.get(path) if route.method == "GET" else product.rival.form(path, **fields), asked)
            for asked in (name, unreal(name)) for path in [re.sub(r"{\w+}", asked, f"/console/{route.path}")]
        ]  # fmt: skip
        assert replies[0] == replies[1], route
        assert replies[0][0] in {403, 404}, route
        assert MARK not in replies[0][2], route
        if route.method == "GET":  # it is there for those who may
            assert product.officer.get(re.sub(r"{\w+}", name, f"/console/{route.path}")).status == 200, route
    assert state(product) == before


def test_another_tenants_key_learns_and_changes_nothing_by_an_id(product):
    before = state(product)
    bodies = {"break_glass.review": {"finding": "justified"}, "oversight.close": {"finding": "accepted"}}
    for operation in operations.OPERATIONS:
        if operation.path not in foreign.API:
            continue
        name = product.ids[foreign.API[operation.path]]
        body = bodies.get(operation.id, {}) if operation.body is not None else None
        replies = [
            answer(product.rival_key.call(operation.method, re.sub(r"{\w+}", asked, f"/admin/v1/{operation.path}"), body), asked)
            for asked in (name, unreal(name))
        ]  # fmt: skip
        assert replies[0] == replies[1], operation.id
        assert replies[0][0] in {403, 404}, operation.id
        assert MARK not in replies[0][2], operation.id
    assert state(product) == before


def test_another_tenants_ids_in_bodies_cursors_and_filters_show_nothing(product):
    name, rival, key = product.ids["exchange"], product.rival, product.rival_key
    rebuilt = {"purpose": "a look around", "parameters": {"exchange": name}}
    for path, body in (("questions/AQ-23", rebuilt), ("questions/AQ-08", rebuilt)):
        reply = key.call("POST", f"/admin/v1/audit/{path}", body)
        assert (reply.status, reply.json["rows"]) == (200, [])
        assert MARK not in reply.text
    narrowed = {"purpose": "a look around", "parameters": {"tenant": EVIL}}
    assert key.call("POST", "/admin/v1/audit/questions/AQ-14", narrowed).status == 403
    for export in ({"kind": "question", "name": "AQ-14", "format": "csv"}, {"kind": "records", "format": "tar.gz"}):
        assert key.call("POST", "/admin/v1/audit/exports", {**export, **narrowed}).status == 403
    assert key.get(f"/v1/compliance/receipts/{name}").status == 404
    assert rival.get(f"/console/exchanges?{urllib.parse.urlencode({'tenant': EVIL})}").status == 403
    cursor = product.asked("GET", "audit/exchanges?limit=1")["after"]
    for query in (f"after={cursor}", "p=quarter", urllib.parse.urlencode({"target": "standin/eu"})):
        reply = rival.get(f"/console/exchanges?{query}")
        assert reply.status == 200
        assert MARK not in html.unescape(reply.text)
        assert MARK not in key.get(f"/admin/v1/audit/exchanges?{query.replace('p=quarter', '')}").text
    for path in (*cases.PAGES.values(), "exchanges/file/csv", "reports/monthly/file?format=html&" + TIME):
        if "{exchange}" not in path:
            assert MARK not in html.unescape(rival.get(f"/console/{path}").text), path


def test_lists_that_somebody_kept_are_nobody_elses(product):
    """Two people of one name, of two tenants, are two people."""
    twin = product.logged_in(f"officer {EVIL}", "--role=audit-reader", f"--tenant={RIVAL}", purpose="a look around")
    kept = re.compile(rf"<option>[^<]*alt={MARK}")
    assert kept.search(product.officer.get("/console/exchanges").text)
    assert not kept.search(twin.get("/console/exchanges").text)
    twin.done("/console/views/forget", name=SHORT)
    assert kept.search(product.officer.get("/console/exchanges").text)


def test_a_link_logs_in_once_whoever_has_it(product):
    link = product.link("--as=passer-by").partition("link=")[2]
    assert Client(product.url).get(f"/console/login?link={link}").status == 200  # looking uses nothing
    assert Client(product.url).form("/console/login", link=link).status == 303
    for used in (link, f"{link}x", link[:-1], ""):
        reply = Client(product.url).form("/console/login", link=used)
        assert (reply.status, reply.headers["Set-Cookie"]) == (401, None)


def test_a_session_that_was_planted_or_ended_is_none(product):
    planted = Client(product.url)
    planted.token = "planted-by-somebody-else-0123456789abcdefgh"
    reply = planted.form("/console/login", link=product.link("--as=victim").partition("link=")[2])
    begun = Client(product.url)
    begun.token = re.search(r"cp_session=([^;]+)", reply.headers["Set-Cookie"])[1]
    assert begun.token != planted.token
    assert planted.get("/console/session").status == 303
    assert begun.get("/console/session").status == 200
    again = Client(product.url)
    again.token = begun.token
    reply = again.form("/console/login", link=product.link("--as=victim").partition("link=")[2])
    assert begun.get("/console/session").status == 303  # a login ends the session that the browser came with
    begun.token = re.search(r"cp_session=([^;]+)", reply.headers["Set-Cookie"])[1]
    assert begun.form("/console/logout").status == 303
    assert begun.get("/console/session").status == 303
    fourth = product.logged_in("leaver")
    product.run("console", "--as=leaver", "--end")
    assert fourth.get("/console/session").status == 303


ELSEWHERE = (
    "//evil.example", "https://evil.example", "/\\evil.example", "\\/\\/evil.example", "/console/..//evil.example", "javascript:ran=1",
    "/console/%2e%2e/v1", "/console/\t/evil.example", "///evil.example", "/console@evil.example", " //evil.example",
    "/console/\r\nLocation: https://evil.example", "data:text/html,<script>ran=1</script>",
)  # fmt: skip


def test_no_form_or_login_leads_to_another_site(product, visitor):
    for wanted in ELSEWHERE:
        query = urllib.parse.urlencode({"next": wanted})
        link = product.officer.get(f"/console/login?{query}")
        assert not re.search(r'(href|action|value)="(?!/console/)[^"]*evil\.example', link.text), wanted
        visitor.post("language", next=wanted, language="en")  # whoever reads the address is the browser
        assert visitor.page.url.startswith(f"{product.url}/console/"), wanted
        assert product.officer.done("/console/session/purpose", next=wanted, purpose=EVIL) == "/console/"
        assert product.officer.get(f"/console/session?{query}").status == 200
    visitor.check("language")
    anonymous = Client(product.url).get("/console//evil.example")
    assert (anonymous.headers["Location"] or "").startswith("/console/login")


@contextmanager
def other_site(body):
    """Serve a page at another port of this machine: another origin, of the same site, so that cookies come along."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("logout", {}), ("session/purpose", {"purpose": "of another site"}), ("language", {"language": "de"}),
        ("holds", {"matter": "M-99"}), ("integrity", {}), ("login", {"link": "of-another-person"}),
        ("views", {"name": "theirs", "query": "action=block"}),
    ],
)  # fmt: skip
def test_no_other_site_acts_in_somebodys_name(product, visitor, path, fields):
    """Not even one that knows the token of the session, from a page of its own."""
    before = state(product)
    token = csrf_token(product.officer.token)
    boxes = "".join(f'<input name="{name}" value="{value}">' for name, value in {"csrf": token, **fields}.items())
    body = f'<form method="post" action="{product.url}/console/{path}">{boxes}<button>Go</button></form>'
    with other_site(body) as url:
        visitor.page.goto(url)
        with visitor.page.expect_response(f"**/console/{path}") as response:
            visitor.page.click("button")
        assert response.value.status == 403
        reached = visitor.page.goto(url) and visitor.page.evaluate(
            "url => fetch(url, {credentials: 'include'}).then(reply => reply.text()).catch(() => 'refused')",
            f"{product.url}/console/session",
        )
        assert reached == "refused"
        framed = visitor.page.evaluate(
            """url => new Promise(done => { const frame = document.createElement('iframe'); frame.src = url;
            frame.onload = () => { try { done(frame.contentDocument ? 'read' : 'refused') } catch { done('refused') } };
            document.body.append(frame) })""",
            f"{product.url}/console/session",
        )
        assert framed == "refused"
    assert product.officer.get("/console/session").status == 200
    assert "of another site" not in product.officer.get("/console/session").text
    assert '<html lang="en">' in product.officer.get("/console/session").text
    assert state(product) == before
