"""``POST /v1/images/generations``, ``/edits`` and ``/variations``: the prompt is read, pictures are opaque both ways.

Policy is asked about a reply that has an unread part. Replies come whole.
"""

from __future__ import annotations

from proxy.codecs import checks
from proxy.codecs.api import TableApi
from proxy.codecs.form_api import MEDIA, FormApi
from proxy.codecs.openai import media_tables as tables
from proxy.codecs.openai.dialect import at
from proxy.core.records import OpaquePart, Operation

_UNREAD = (OpaquePart("data", "image"),)
_CHECK = checks.text("prompt")
_FILES = {"image": "image", "image[]": "image", "mask": "image"}


GENERATIONS = TableApi(
    name="openai_images",
    operation=Operation.IMAGE,
    request=tables.GENERATIONS,
    reply=tables.PICTURES,
    **at("/images/generations"),
    check=_CHECK,
    unread=_UNREAD,
)
EDITS = FormApi(
    name="openai_image_edits",
    operation=Operation.IMAGE,
    request=tables.EDITS,
    reply=tables.PICTURES,
    **at("/images/edits", media=MEDIA),
    check=_CHECK,
    unread=_UNREAD,
    files=_FILES,
)
VARIATIONS = FormApi(
    name="openai_image_variations",
    operation=Operation.IMAGE,
    request=tables.VARIATIONS,
    reply=tables.PICTURES,
    **at("/images/variations", media=MEDIA),
    unread=_UNREAD,
    files=_FILES,
)
