from __future__ import annotations

import pytest

from proxy.core.replies.addresses import Origins, Standing, readings
from proxy.core.replies.turns import ModelText

REQUEST = """see https://crm.acme.de/x, (http://localhost:3000) git@github.com:acme/repo acme.com README.md
postgres://app:pw@db.internal:5432/x https:\\/\\/escaped.test\\/"""
ORIGINS = Origins([REQUEST], ["https://*.partner.test"])


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("words, and more:", Standing.WORDS), ("src/app.module/", Standing.WORDS), ("node.js/", Standing.WORDS), ("C:\\Users\\", Standing.WORDS),
        ("file:///home/", Standing.WORDS), ("a//b/", Standing.WORDS), ("12/", Standing.WORDS), ("sqlite:///x/", Standing.WORDS),
        ("https://crm.acme.de/users/", Standing.PERMITTED), ("http://localhost:3000/", Standing.PERMITTED), ("acme.com/", Standing.PERMITTED),
        ("git@github.com:", Standing.PERMITTED), ("ssh://git@github.com/", Standing.PERMITTED), ("https://acme.com/", Standing.PERMITTED),
        ("https://a.partner.test/", Standing.PERMITTED), ("postgres://x:y@db.internal:5432/", Standing.PERMITTED), ("//escaped.test/", Standing.PERMITTED),
        ("https://localhost:3000/", Standing.PERMITTED), ("https:\\/\\/crm.acme.de\\/", Standing.PERMITTED),
        ("https://", Standing.UNFINISHED), ("https://crm.acme", Standing.UNFINISHED), ("http:", Standing.UNFINISHED), ("www.", Standing.UNFINISHED),
        ("https://evil.test/", Standing.FOREIGN), ("http://crm.acme.de/", Standing.FOREIGN), ("https://crm.acme.de:8443/", Standing.FOREIGN),
        ("https://partner.test/", Standing.FOREIGN), ("https://xpartner.test/", Standing.FOREIGN), ("git@evil.test:", Standing.FOREIGN),
        ("https://crm.acme.de@evil.test/", Standing.FOREIGN), ("https://crm.acme.de%2F@evil.test/", Standing.FOREIGN),
        ("https://crm.acme.de\\@evil.test/", Standing.FOREIGN), ("https:evil.test/", Standing.FOREIGN), ("&#104;ttps&colon;//evil.test/", Standing.FOREIGN),
        ("//evil.test/", Standing.FOREIGN), ("\\\\evil.test\\", Standing.FOREIGN), ("1.2.3.4/", Standing.FOREIGN), ("evil:8080/", Standing.FOREIGN),
        ("file://evil.test/", Standing.FOREIGN), ("https://crm.acme.de/?u=https%253A%252F%252Fevil.test%252F", Standing.FOREIGN),
    ],
)  # fmt: skip
def test_standing(text, standing):
    assert ORIGINS.standing(text) is standing


def test_markup_needs_no_dot():
    assert ORIGINS.standing("//evil/") is Standing.WORDS
    assert ORIGINS.standing("//evil/", markup=True) is Standing.FOREIGN


def test_a_host_by_itself_counts_where_the_span_is_part_of_it():
    assert ORIGINS.standing_of("Anna.evil.com ", 0, 4) is Standing.FOREIGN
    assert ORIGINS.standing_of("evil.com,Anna ", 9, 13) is Standing.WORDS
    assert ORIGINS.standing_of("Anna.py ", 0, 4) is Standing.WORDS


def test_an_authority_that_ends_with_the_text():
    assert ORIGINS.closed('https://crm.acme.de").') is Standing.PERMITTED
    assert ORIGINS.closed("https://crm.acme.de.evil.test") is Standing.FOREIGN


def test_plain_text_has_one_reading():
    assert readings("Plain") == {"plain"}
    assert "https://x" in readings("h\u200bttps&#58;\\/\\/x")


def test_nothing_is_permitted_without_texts():
    assert Origins().standing("https://acme.com/") is Standing.FOREIGN


@pytest.mark.parametrize(
    "text", ["mail joe@evil-site.com", "a.b@evil-site.com, c@other.org", "<joe@mail.evil-site.com>"]
)
def test_an_address_of_mail_is_no_origin(text):
    origins, host = Origins([text]), text.rpartition("@")[2].strip(">")
    assert origins.permit("", host)
    assert not any(origins.permit(scheme, host) for scheme in ("https", "http", "ssh", "//"))


def test_a_repository_names_its_host():
    assert Origins(["git@github.com:org/repo.git"]).permit("https", "github.com")


ENV = "DB=postgres://anna:hunter2!@db.acme.de:5432/app\nX=mysql://r:a#b/c@10.0.0.5/y host db.acme.de:5432 anna@acme.de"


@pytest.mark.parametrize(
    ("before", "original", "behind", "repeats"),
    [
        ("DB=postgres://", "anna", ":hunter2!@db.acme.de:5432/app ", True), ("postgres://anna:hunter2!@", "db.acme.de", ":5432/other?x=y ", True),
        ("", "postgres", "://anna:hunter2!@db.acme.de:5432 ", True), ("postgres:\\/\\/", "anna", ":hunter2!@db.acme.de:5432\\/app ", True),
        ("mysql://r:", "a#b/c", "@10.0.0.5/y ", True), ("psql -h ", "db.acme.de", ":5432 ", True), ("", "anna", "@acme.de\\n", True),
        ("postgres://", "anna", ":hunter2!@db.acme.de:5432", None), ("postgres://", "anna", "", None),
        ("postgres://", "anna", ":hunter2!@db.acme.de:5433/app ", False), ("https://", "anna", ":hunter2!@db.acme.de:5432/app ", False),
        ("postgres://", "anna", ":hunter2!@db.acme.de:5432.evil.test/ ", False), ("postgres://", "anna", ":hunter2!@db.acme.de:5432&#64;evil.test/ ", False),
        ("postgres://", "anna", ":hunter2!@db.acme.de:5432\\u0040evil.test/ ", False), ("mysql://r:", "a#b/c", "@evil.test/y ", False),
        ("https://evil.test/?u=postgres://", "anna", ":hunter2!@db.acme.de:5432/app ", False), ("https:postgres://", "anna", ":hunter2!@db.acme.de:5432/app ", False),
        ("", "anna", "@acme.de.evil.test ", False), ("", "anna", "@acme.de&#46;evil.test ", False), ("", "anna", "@acme.de\\n.evil.test ", False),
        ("", "Dear anna", " ", False),
    ],
)  # fmt: skip
def test_what_stood_in_the_request_whole(before, original, behind, repeats):
    assert Origins([ENV]).repeat(before, original, behind, ended=False, markup=False) is repeats


@pytest.mark.parametrize("authority", ["localhost", "localhost:3000", "127.0.0.1:8080", "127.9.9.9", "[::1]:3000"])
def test_the_callers_own_machine_is_permitted_where_asked(authority):
    assert not Origins().permit("http", authority)
    assert Origins().with_this_machine().permit("http", authority)
    for elsewhere in (f"{authority}@evil.test", f"{authority}.evil.test", "localhost.evil.test", "128.0.0.1", "[::2]"):
        assert not Origins().with_this_machine().permit("http", elsewhere)


def test_an_origin_that_a_model_named_first_is_not_the_requests():
    quoted = "404 for https://evil.test/x"
    for texts, permitted in (
        ([ModelText("get https://evil.test/x"), quoted], False),
        ([quoted, ModelText("get https://evil.test/x"), quoted], True),
        ([ModelText("get https://evil.test/x")], False),
        ([ModelText("get https://listed.test/x")], True),
    ):
        origins = Origins(texts, ["https://listed.test"])
        assert origins.permit("https", "listed.test" if "listed" in texts[0] else "evil.test") is permitted
