from __future__ import annotations

import pytest

from proxy.codecs.kserve import DESCRIPTION
from proxy.codecs.tfserving import PREDICT
from proxy.core.wire import Incoming
from proxy.errors import MalformedRequestError


@pytest.mark.parametrize("model", ["", " ", "a b", "-x", "x" * 200])
def test_the_path_names_a_model(model):
    with pytest.raises(MalformedRequestError, match="name of a model"):
        PREDICT.decode(Incoming(b'{"instances":["a"]}', variables={"model": model}))


def test_a_path_is_written_with_the_targets_own_name_quoted():
    given = {"template": "/v1/models/{model}/versions/{version}:predict", "variables": {"model": "m", "version": "2"}}
    payload = PREDICT.decode(Incoming(b'{"instances":["a"]}', **given))
    assert PREDICT.encode(payload, {}, "their/own:1").path == "/v1/models/their%2Fown%3A1/versions/2:predict"


def test_what_is_no_json_is_the_callers_fault():
    with pytest.raises(MalformedRequestError, match="not valid JSON"):
        PREDICT.decode(Incoming(b"{", variables={"model": "m"}))


def test_a_description_has_no_body():
    payload = DESCRIPTION.decode(Incoming(b"", template="/v2/models/{model}", variables={"model": "m"}))
    assert (payload.spans, payload.opaque, payload.stream) == ((), (), False)
