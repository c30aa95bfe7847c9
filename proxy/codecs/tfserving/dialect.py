"""The dialect of TensorFlow Serving: errors. Nothing streams here."""

from __future__ import annotations

from proxy.codecs.base import Dialect
from proxy.codecs.rendering import in_stream, message_alone

DIALECT = Dialect(name="tfserving", error=message_alone, error_event=in_stream(message_alone))
