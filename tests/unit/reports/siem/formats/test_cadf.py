"""Judged by pycadf, the library of OpenStack."""

from __future__ import annotations

import pytest
from hypothesis import given
from pycadf import attachment, cadftaxonomy, event, reason, resource

from proxy.reports.siem.formats import cadf
from testing import entries
from testing.examples import examples


def judged(one):
    """Return the library's event from ours: each setter refuses what the specification does."""
    said = dict(cadf.event(one))
    assert said.pop("typeURI") == event.TYPE_URI_EVENT
    attachments, tags = said.pop("attachments"), said.pop("tags")
    for name in ("initiator", "target", "observer"):
        said[name] = resource.Resource(**said[name])
    if "reason" in said:
        said["reason"] = reason.Reason(**said["reason"])
    made = event.Event(**said)
    for each in attachments:
        made.add_attachment(attachment.Attachment(**each))
    for tag in tags:
        made.add_tag(tag)
    return made


def test_every_record_is_valid(every):
    for one in every:
        assert judged(one).is_valid(), one.name


@given(one=entries.any_event())
@examples(20)
def test_any_event_is_valid(one):
    assert judged(one).is_valid()


@pytest.mark.parametrize(
    ("name", "exchange", "said"),
    [
        ("decision", "x1", ("control", "allow", "success")), ("decision", "x2", ("control", "deny", "failure")),
        ("attempt", "x1", ("activity", "send", "pending")), ("outcome", "x1", ("activity", "receive", "success")),
        ("key_created", "", ("activity", "create/key_created", "success")),
        ("vault_purged", "", ("activity", "delete/vault_purged", "success")),
    ],
)  # fmt: skip
def test_what_was_done_and_how_it_ended(named, name, exchange, said):
    event = cadf.event(named(name, exchange))
    assert (event["eventType"], event["action"], event["outcome"]) == said


def test_a_control_event_names_the_policy_that_decided(named):
    for exchange in ("x1", "x2", "x4"):
        assert cadf.event(named("decision", exchange))["reason"]
    assert cadf.event(named("decision", "x2"))["reason"]["policyId"] == "rev-1"


def test_every_verb_is_an_action_of_the_taxonomy():
    assert {verb for verb in cadf._VERBS.values() if verb not in cadftaxonomy.ACTION_TAXONOMY} == set()
