"""TorchServe's predictions and explanations: requests and replies of any form, as a model's handler defines them.

Sources: the documentation of TorchServe's inference API and its front end (0.12). A body of JSON, a form's field and a
text are read; a file in a form and bytes other than text are opaque. A reply is JSON or text, in unframed pieces if the
handler streams; other bytes are an invalid reply, since they cannot be read.
"""

from __future__ import annotations

from proxy.codecs.api import Address
from proxy.codecs.base import Api, Dialect, Endpoint
from proxy.codecs.declared.api import CODE, KEYS, MESSAGE, STATUS, DeclaredApi, ErrorShape
from proxy.codecs.framing.plain import PlainText
from proxy.codecs.members import Members, any_of
from proxy.codecs.reply import ReplyTable
from proxy.codecs.request import RequestTable
from proxy.core.records import Operation

__all__ = ["APIS", "DIALECT"]

_MEDIA = frozenset(
    """
    application/json text/plain text/html text/csv application/x-www-form-urlencoded multipart/form-data
    application/octet-stream image/* audio/* video/* application/pdf
    """.split()
) | {""}
#: Media types of texts from handlers; for an unspecified one the front end omits the header.
_TEXTS = ("application/octet-stream", "text/plain", "text/html", "text/csv")
_SHAPE = ErrorShape({"code": STATUS, "type": CODE, "message": MESSAGE})
#: Names under which the front end passes a body on, and those of its batches.
_NAMED = any_of("data body instances")
_REQUEST = RequestTable(members=Members(_NAMED), keys=KEYS.union(_NAMED), model="", stream="")
_REPLY = ReplyTable(structural=frozenset(), keys=KEYS.union({"predictions", "explanations"}), counts=frozenset())

DIALECT = Dialect(name="torchserve", error=_SHAPE.body, error_event=_SHAPE.event)


def _api(name: str) -> Api:
    """Return an API served with and without the version of a model."""
    paths = (f"/{name}/{{model}}", f"/{name}/{{model}}/{{version}}")
    return DeclaredApi(
        name=f"torchserve_{name}",
        dialect=DIALECT,
        endpoints=tuple(
            Endpoint(method, path, media=_MEDIA, replies=frozenset(_TEXTS))
            for path in paths
            for method in ("POST", "PUT")
        ),
        operation=Operation.COMPLETION,
        request=_REQUEST,
        reply=_REPLY,
        address=Address(paths[0]),
        addresses={path: path for path in paths},
        framing=PlainText(media=_TEXTS),
        streamed=True,
        texts_too=True,
    )


APIS: tuple[Api, ...] = (_api("predictions"), _api("explanations"))
