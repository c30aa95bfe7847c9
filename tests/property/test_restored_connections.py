"""Addresses with credentials come back whole to an agent's tool, and no reader is led elsewhere with an original."""

from __future__ import annotations

import html
import itertools
import json
import re
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proxy.core.replies.addresses import Origins
from proxy.core.replies.placement import Permissions
from proxy.core.replies.position import WORDS, Position, Role
from proxy.core.replies.reply import ReplyFilters
from testing.examples import examples

ADDRESSES = (
    "postgres://anna:hunter2-Kx9!@db.example.de:5432/app", "mysql://root:S3cr#t/Zebra?99@10.0.0.5:3306/orders?ssl=1",
    "redis://:pw-Tiger77x@cache.internal:6379/0", "rediss://default:pw@127.0.0.1", "amqp://u:p%40ss-W0rd9@rabbit.internal/vhost",
    "mongodb://anna:x@m1.acme.de:27017,m2.acme.de:27017/app?replicaSet=rs0", "mongodb+srv://anna:pw@c0.ab12c.mongodb.net/app",
    "https://anna:ghp_abcdefghijklmnop0123456789@github.com/x/y.git", "https://ghp_abcdefghijklmnop0123456789@github.com/anna/y.git",
    "jdbc:postgresql://db.acme.de:5432/app?user=anna&password=hunter2-Kx9!", "jdbc:sqlserver://db.acme.de:1433;databaseName=app;user=anna;password=pw;",
    "jdbc:oracle:thin:anna/hunter2@//db.acme.de:1521/app", "Server=tcp:db.acme.de,1433;User ID=anna;Password=hunter2;", "smtp://anna@acme.de:hunter2@smtp.acme.de:587",
    "ldap://cn=anna,dc=x:hunter2@ldap.acme.de", "sftp://anna@10.0.0.5:22/home/anna", "//portal.acme.de/anna", "anna@bastion.acme.de:/srv/app",
    "https://o42.ingest.acme.io/42?key=0123456789abcdef", "ssh://git@[2001:db8::1]:2222/anna/x.git",
)  # fmt: skip
FILES = (
    "DATABASE_URL=%s\nDEBUG=1\n", 'export URL="%s"\n', "url: %s\nname: x\n", "url: '%s'\n", '[database]\nurl = "%s"\n', '{"url": "%s", "pool": 5}',
    '{"a": {"b": ["%s"]}}', "[db]\nurl=%s\n", "services:\n  app:\n    environment:\n      - DATABASE_URL=%s\n", 'db = connect("%s")\n', "const u = `%s`;\n",
    "<add connectionString='%s' />\n", "# see %s, or ask\n", "psql %s -c 'select 1'\n", "origin\t%s (fetch)\n", "x(%s)\n", "A=%s B=%s\n",
)  # fmt: skip
ELSEWHERE = (
    "evil.test", "@evil.test", ".evil.test", "/@evil.test", "evil.test/", "evil.test:80@", "//evil.test/", "https://evil.test/?", "#@evil.test", "?x@evil.test",
    "\\@evil.test", "\\.evil.test", "\\u0040evil.test", "%40evil.test", "%2540evil.test", "&#64;evil.test", "&#46;evil.test", "\\n@evil.test", "\n@evil.test", "\u200b.evil.test",
    "\uff20evil.test", "\u3002evil.test", ",evil.test", ";evil.test", "evil.test#", "evil.test?", "https:", "x@https://evil.test/", " https://evil.test/",
)  # fmt: skip

#: Characters of the shortest value that is replaced.
_LEAST = 3


@st.composite
def edits(draw):
    """Draw a file, and the same with stand-ins in place of spans of its address."""
    address = draw(st.sampled_from(ADDRESSES))
    borders = [0, *(border.start() for border in re.finditer(r"\b", address)), len(address)]
    cuts = sorted(draw(st.sets(st.sampled_from(borders), min_size=2, max_size=8)))
    names, written, done = {}, "", 0
    for start, end in itertools.islice(itertools.pairwise(cuts), None, None, draw(st.sampled_from([1, 2]))):
        number = len(names)
        if len(address[start:end]) < _LEAST or address[start] in ":=":
            continue
        removed = draw(st.booleans())
        stand_in = f"[CREDENTIAL_{number + 1}]" if removed else "Name_BCDFGHJKL" + "MNPQRSTVWX"[number]
        names[stand_in] = address[start:end]
        written += address[done:start] + stand_in
        done = end
    file = draw(st.sampled_from(FILES))
    assume("#" not in address or file.count("%s") == 1)
    return file.replace("%s", address), file.replace("%s", written + address[done:]), names


def filters(request, names):
    permissions = Permissions(Origins([request]), frozenset({"edit"}), frozenset(n for n in names if n[0] == "["))
    return ReplyFilters(names, frozenset(), lambda _text: (), permissions=permissions)


def restored(made, text, position, step):
    text_filter = made.make(position)
    return "".join(text_filter.feed(text[at : at + step]) for at in range(0, len(text), step)) + text_filter.flush()


def nested(text, depth):
    for _ in range(depth):
        text = json.dumps({"in": text})
    return json.dumps({"new": text})


def unnested(text, depth):
    text = json.loads(text)["new"]
    for _ in range(depth):
        text = json.loads(text)["in"]
    return text


EDIT = Position(Role.ARGUMENTS, document=True, tool="edit")


@examples(300)
@given(edits(), st.integers(0, 3), st.sampled_from([3, 17, 10**6]))
def test_an_edit_comes_back_as_it_was(edit, depth, step):
    before, written, names = edit
    got = restored(filters(before, names), nested(written, depth), EDIT, step)
    assert unnested(got, depth) == before


def led(text):
    """Yield (host, what stands behind the slashes) as any reader, the most careless too, may take them from a text."""
    forms = {text, unquote(text), unquote(unquote(text)), html.unescape(text)}
    forms |= {form.replace("\\u0040", "@").replace("\uff20", "@").replace("\u3002", ".") for form in forms}
    forms |= {re.sub(r"\\([.@/])", r"\1", form) for form in forms}
    for form in forms:
        for run in re.split(r"[\s\"'`<>]", form):
            for mark in re.finditer(r"(?:https?:|(?<![\w@:/]))//+|[\w+.-]+://(?!/)|^", run):
                behind = run[mark.end() :]
                authority = re.split(r"[/?#\\]", behind)[0]
                odd = not re.fullmatch(r"[^:]*@.*|[\w.-]*(?::\d+)?", authority)  # where readers look for the last @
                if mark[0].rstrip("/") not in {"", "http:", "https:"} and odd and "@" not in authority:
                    yield re.split(r"[/?#\\]", behind.rpartition("@")[2])[0], behind
                if mark[0] or re.fullmatch(r"(?:[\w.:]*@)?[\w.-]*evil\.test(?::\d*)?", authority):
                    yield authority.rpartition("@")[2], behind


LINES = (
    "HOST=db.acme.de\nA=postgres://anna:hunter2@db.acme.de:5432/app\nB=redis://:hunter2@cache.internal:6379\nMAIL=anna@acme.de\nC=https://api.acme.de\nWHO=anna\n",
    '[db]\nurl = "postgres://anna:hunter2@db.acme.de:5432/app"\nwho = \'anna\'\nfrom = "anna@acme.de"\n',
    "a:\n  b:\n    - https://anna:hunter2@git.acme.de/x\n    c: anna\ndef f():\n    return 'anna' # //anna\n",
)


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("file", LINES)
def test_files_of_several_lines_come_back_as_they_were(file, depth):
    names = {"Name_BCDFGHJKLM": "anna", "[CREDENTIAL_1]": "hunter2"}
    written = file.replace("anna", "Name_BCDFGHJKLM").replace("hunter2", "[CREDENTIAL_1]")
    assert unnested(restored(filters(file, names), nested(written, depth), EDIT, 17), depth) == file


@examples(150)
@given(edits(), st.sampled_from([3, 17, 10**6]))
def test_an_edit_in_a_call_that_is_code_comes_back_as_it_was(edit, step):
    before, written, names = edit
    code = "const r = await tools.apply_patch(%s);\ntext(r.output)"
    program = Position(Role.ARGUMENTS, tool="edit")
    assert restored(filters(before, names), code % json.dumps(written), program, step) == code % json.dumps(before)


@examples(300)
@given(edits(), st.sampled_from(ELSEWHERE), st.integers(0, 200), st.integers(0, 1), st.booleans())
def test_no_reader_is_led_elsewhere_with_an_original(edit, evil, at, depth, words):
    before, written, names = edit
    at %= len(written) + 1
    assume(
        all(at <= name.start() or at >= name.end() for name in re.finditer(r"Name_\w{10}|\[CREDENTIAL_\d\]", written))
    )
    written = written[:at] + evil + written[at:]
    made = filters(before, names)
    got = (
        restored(made, written, WORDS, 17)
        if words
        else unnested(restored(made, nested(written, depth), EDIT, 17), depth)
    )
    unchanged = {address for _, address in led(written)}
    assert not [found for found in led(got) if "evil.test" in found[0] and found[1] not in unchanged], got
