"""Forms with files, ``multipart/form-data`` (RFC 7578), read into ordered parts and written back. Pure.

A parser of its own, because a form that two readers understand differently is a way past the scanner, and the standard
library's ``email`` never refuses: it skips preambles, repairs bare line feeds, folds headers, decodes transfer
encodings, and notes defects instead of raising. Here a form has one reading or none. The delimiter may stand only
between parts; there is no preamble, epilogue, folded header, nested multipart or transfer encoding that changes bytes,
no second spelling of a name (``filename*``, backslashes), and no header outside RFC 7578. Fields and names are UTF-8.
Repeated names are kept in order: they are lists.

An unchanged form is written byte for byte as it was read. Boundary, names, file names and media types are the caller's
words like any other: whoever passes a form on must check them too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from proxy.core.documents import is_text

MEDIA = "multipart/form-data"
#: Limits: parts of a form, and bytes of the headers of one part.
MOST_PARTS, MOST_HEADERS = 128, 8 << 10
#: The media type of a part without one (RFC 7578 §4.4).
_DEFAULT_MEDIA = "text/plain"
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = rf';[ \t]*({_WORD})=(?:"([^"\\]*)"|({_WORD}))[ \t]*'
_VALUE = re.compile(rf"({_WORD}(?:/{_WORD})?)[ \t]*((?:{_PARAMETER})*)")
_EACH = re.compile(_PARAMETER)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_PLAIN_VALUE = re.compile(r"[\w.+,=-]{1,40}", re.ASCII)
_DISPOSITION, _TYPE, _LENGTH, _ENCODING = (
    "content-disposition", "content-type", "content-length", "content-transfer-encoding",
)  # fmt: skip
_HEADERS = frozenset({_DISPOSITION, _TYPE, _LENGTH, _ENCODING})
_AS_THEY_ARE = frozenset({"7bit", "8bit", "binary"})
#: Accepted names of charsets, lower case.
UNICODE = frozenset({"utf-8", "utf8", "us-ascii"})
_CHARSET_FIELD = "_charset_"
_DASHES, _BREAK = b"--", b"\r\n"


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field or file. ``raw`` is what stands between two delimiters, empty for a changed part."""

    name: str
    filename: str | None  # None for a field
    media: str  # type/subtype, lower case
    content: bytes = field(repr=False)
    charset: str = ""  # lower case
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    raw: bytes = field(default=b"", repr=False)

    @property
    def is_field(self) -> bool:
        """Whether its content is a text of the form itself."""
        return self.filename is None and is_text(self.media)

    @property
    def text(self) -> str | None:
        """The text of a field, None for a file."""
        return self.content.decode() if self.is_field else None

    def changed(
        self,
        *,
        content: bytes | None = None,
        name: str | None = None,
        filename: str | None = None,
        media: str | None = None,
    ) -> FormPart:
        """Return the part with new values; None keeps the old one. A new media type of text has the charset UTF-8."""
        return replace(
            self,
            content=self.content if content is None else content,
            name=self.name if name is None else name,
            filename=self.filename if filename is None else filename,
            media=media or self.media,
            charset="utf-8" if media and is_text(media) else "" if media else self.charset,
            raw=b"",
        )


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its parts in order, and the line break after its end, if there was one."""

    boundary: str
    parts: tuple[FormPart, ...]
    ending: bytes = _BREAK


def read(content_type: str, body: bytes) -> Form:
    """Read a form. ``content_type`` is the value of the request's header.

    Raises:
        ValueError: it is not a form, has more than one reading, or exceeds the limits. The message quotes nothing.

    """
    boundary = _boundary(content_type)
    delimiter = _DASHES + boundary.encode()
    if body.count(delimiter) > MOST_PARTS + 1:
        raise ValueError(f"the form has more than {MOST_PARTS} parts, or its delimiter within one")
    preamble, *pieces = body.split(delimiter)
    if preamble or len(pieces) < 2 or pieces[-1] not in {_DASHES, _DASHES + _BREAK}:  # noqa: PLR2004 - a part, the end
        raise ValueError("the form does not begin or end with its delimiter, or is empty")
    return Form(boundary, tuple(map(_part, pieces[:-1])), pieces[-1][len(_DASHES) :])


def write(form: Form) -> bytes:
    """Write a form under its boundary.

    Raises:
        ValueError: new content contains the delimiter.

    """
    delimiter = _DASHES + form.boundary.encode()
    pieces = [part.raw or _write_part(part) for part in form.parts]
    if any(delimiter in piece for piece in pieces):
        raise ValueError("the form's delimiter stands in one of its parts")
    return b"".join([*(delimiter + piece for piece in pieces), delimiter, _DASHES, form.ending])


def _boundary(content_type: str) -> str:
    media, parameters = _value(content_type)
    boundary = parameters.pop("boundary", "")
    if media != MEDIA or not parameters.keys() <= {"charset"} or not _is_unicode(parameters.get("charset", "")):
        raise ValueError("the content type is not that of a form")
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError("the form has no boundary, or one that RFC 2046 does not allow")
    return boundary


def _part(raw: bytes) -> FormPart:
    head, blank, content = raw.removeprefix(_BREAK).partition(_BREAK * 2)
    if not raw.startswith(_BREAK) or not blank or not content.endswith(_BREAK) or len(head) > MOST_HEADERS:
        raise ValueError("a part of the form has no headers, too many, or does not stand on lines of its own")
    headers = _headers(head)
    values = {name.lower(): value for name, value in headers}
    if len(values) != len(headers) or not values.keys() <= _HEADERS:
        raise ValueError("a part of the form has a header twice, or one that forms do not have")
    name, filename = _names(values.get(_DISPOSITION, ""))
    media, charset = _media(values.get(_TYPE, _DEFAULT_MEDIA))
    content = content.removesuffix(_BREAK)
    size = str(len(content))
    if values.get(_ENCODING, "binary").lower() not in _AS_THEY_ARE or values.get(_LENGTH, size) != size:
        raise ValueError("a part of the form is encoded, or not as long as it says")
    return _check(FormPart(name, filename, media, content, charset, headers, raw))


def _check(part: FormPart) -> FormPart:
    """Return the part if its text, if any, can be read in one way."""
    if part.is_field:
        text = _decode(part.content)
        if not _is_unicode(part.charset) or (part.name == _CHARSET_FIELD and not _is_unicode(text.lower())):
            raise ValueError("a field of the form is not in UTF-8")
    return part


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    lines = [line.partition(":") for line in _decode(head).split("\r\n")]
    headers = tuple((name, value.strip(" \t")) for name, _, value in lines)
    if any(_CONTROL.search(value) for _, value in headers):
        raise ValueError("a header of the form is not one line")
    return headers


def _names(disposition: str) -> tuple[str, str | None]:
    """Return the name of a part and that of its file."""
    kind, parameters = _value(disposition)
    if kind != "form-data" or not parameters.keys() <= {"name", "filename"} or not parameters.get("name"):
        raise ValueError("a part of the form does not say its name, or says it in a way that readers take differently")
    return parameters["name"], parameters.get("filename")


def _media(content_type: str) -> tuple[str, str]:
    """Return the media type of a part and its charset."""
    media, parameters = _value(content_type)
    if "/" not in media or media.startswith("multipart/"):
        raise ValueError("a part of the form has no media type that a part may have")
    if not parameters.keys() <= {"charset", "codecs"} or not all(map(_PLAIN_VALUE.fullmatch, parameters.values())):
        raise ValueError("the media type of a part has unknown parameters")
    return media, parameters.get("charset", "").lower()


def _value(header: str) -> tuple[str, dict[str, str]]:
    """Return the value of a header and its parameters by name, all names in lower case."""
    match = _VALUE.fullmatch(header)
    if match is None:
        raise ValueError("a header of the form cannot be read")
    pairs = [(name.lower(), quoted or token) for name, quoted, token in _EACH.findall(match[2])]
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise ValueError("a parameter of the form is there twice")
    return match[1].lower(), parameters


def _is_unicode(charset: str) -> bool:
    return not charset or charset.lower() in UNICODE


def _decode(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ValueError("a text of the form is not in UTF-8") from None


def _write_part(part: FormPart) -> bytes:
    headers = dict(part.headers) or {"Content-Disposition": "", "Content-Type": ""}
    new = _new_headers(part, {name.lower(): value for name, value in headers.items()})
    if part.media != _DEFAULT_MEDIA and _TYPE not in map(str.lower, headers):
        headers["Content-Type"] = ""
    lines = [f"{name}: {new.get(name.lower(), value)}".encode() for name, value in headers.items()]
    return b"".join([_BREAK, _BREAK.join(lines), _BREAK * 2, part.content, _BREAK])


def _new_headers(part: FormPart, former: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that follow from the part's current content, by their names in lower case."""
    named = f'form-data; name="{_quote(part.name)}"'
    charset = f"; charset={part.charset}" if part.charset else ""
    new = {
        _DISPOSITION: named if part.filename is None else f'{named}; filename="{_quote(part.filename)}"',
        _LENGTH: str(len(part.content)),
        _ENCODING: "binary",
    }
    if not former.get(_TYPE) or _media(former[_TYPE]) != (part.media, part.charset):
        new[_TYPE] = part.media + charset
    return new


def _quote(name: str) -> str:
    """Return a name as browsers write it."""
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", name)
