from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from proxy.web.api import text_forms
from proxy.web.api.text_forms import TICKET


class Body(BaseModel):
    ticket: Annotated[str, TICKET]


def test_a_text_of_its_form_is_taken():
    assert Body(ticket="DSR-118/2026").ticket == "DSR-118/2026"


@pytest.mark.parametrize("text", ["DSR 118", "x" * 65, "", "é", "DSR-1\n"])
def test_another_one_is_refused_in_words(text):
    with pytest.raises(ValidationError) as refused:
        Body(ticket=text)
    [error] = refused.value.errors()
    assert error["msg"] == f"Value error, {TICKET.words}"


def test_machines_read_the_pattern():
    [schema] = Body.model_json_schema()["properties"].values()
    assert (schema["pattern"], schema["type"]) == ("^[A-Za-z0-9._:/-]{1,64}$", "string")


def test_the_longest_text_is_said_and_checked():
    with pytest.raises(ValueError, match="KIND=PROVIDER"):
        text_forms.LAPSE.check("scc=" + "x" * 200)
    assert text_forms.LAPSE.check("scc=openai") == "scc=openai"
