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
    "openai_images", Operation.IMAGE, tables.GENERATIONS, tables.PICTURES, check=_CHECK, unread=_UNREAD,
    **at("/images/generations"),
)  # fmt: skip
EDITS = FormApi(
    "openai_image_edits", Operation.IMAGE, tables.EDITS, tables.PICTURES, check=_CHECK, unread=_UNREAD, files=_FILES,
    **at("/images/edits", media=MEDIA),
)  # fmt: skip
VARIATIONS = FormApi(
    "openai_image_variations", Operation.IMAGE, tables.VARIATIONS, tables.PICTURES, unread=_UNREAD, files=_FILES,
    **at("/images/variations", media=MEDIA),
)  # fmt: skip
