"""Guessed numbers that belong to something else: goods, a version, a mask, a hash, a moment, a fraction."""

from __future__ import annotations

import re
from typing import Final

from proxy.core.findings import Finding
from proxy.detection.languages import alternatives
from proxy.detection.patterns.recognizers.contact import is_ipv4

#: Guessed types that are numbers -> how many digits one has at least.
NUMBERED: Final = {
    "BANK_ACCOUNT": 4, "CREDIT_CARD": 8, "PHONE_NUMBER": 5, "FAX_NUMBER": 5, "NATIONAL_ID": 4, "US_SSN": 4,
    "MEDICAL_RECORD_NUMBER": 3, "HEALTH_PLAN_ID": 3, "VEHICLE_ID": 2, "IP_ADDRESS": 2, "DEVICE_ID": 2, "PASSPORT": 4,
    "DRIVER_LICENSE": 3, "ZIP_CODE": 2, "PROFESSIONAL_LICENSE": 3, "CLAIM_OR_RX_NUMBER": 3,
}  # fmt: skip
_CALLED = frozenset({"PHONE_NUMBER", "FAX_NUMBER"})
#: Types whose numbers are long, wherever people write them without words.
_LONG: Final = _CALLED | {"BANK_ACCOUNT", "CREDIT_CARD", "NATIONAL_ID"}
_MOST_DIGITS = 34  # of the longest IBAN
#: Milliseconds since 1970 of this century's first decades, and numbers with a fraction.
_MOMENT, _DECIMAL = re.compile(r"1[0-9]{12}"), re.compile(r"[1-9][0-9]{4,11}[.](?!0+\Z)[0-9]{1,9}")
_QUAD, _QUAD_BEFORE = re.compile(r"[0-9]{1,3}(?:[.][0-9]{1,3}){3}(?![0-9.])"), re.compile(r"(?<![0-9.])[0-9.]+\Z")
_LONGEST_QUAD = 64  # with what stands before one in an object identifier
_DOTS = 3
_VERSION = re.compile(r"[0-9.]*(?:[3-9][0-9]{2}|[0-9]{4,})[0-9.]*")
_HEXADECIMAL = frozenset("0123456789abcdef-")
_DIGEST = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,}")
#: Object identifiers by their arcs (X.660) and by their prefix (ISO 26324): "1.2.840.113549.1", "10.1145/359545".
_OBJECT = re.compile(r"[0-2](?:\.[0-9]+){4,}|10\.[0-9]{4,9}/")
#: A number of a year, as of requests and invoices: "2026-118-4471".
_OF_YEAR = re.compile(r"20[0-4][0-9][-/][0-9]{1,6}[-/][0-9]{1,6}")
#: Right behind a number with a fraction or a time: a column of figures.
_FIGURE = re.compile(r"[0-9][.:][0-9]+[ \t]+\Z")
_FIGURE_REACH = 24
#: A line of a table of figures, whole numbers with commas and brackets, and those that are no number of a person there.
_FIGURES = re.compile(r"[ \t(\[{]*[0-9]{1,7}(?:[ \t)\]}(\[{]*[,;][ \t(\[{]*[0-9]{1,7})+[ \t)\]},;]*")
_SHORT = re.compile(r"[0-9]{1,6}(?:[,;] ?[0-9]{1,6})*")
_FRACTION = re.compile(r"[0-9]+(?:[Ee][+-]?[0-9]{1,3})?")
#: Identifiers of goods right before a number.
_GOODS = re.compile(rf"(?i)\b{alternatives('goods')}(?:[-_ ]?(?:code|nr|no|number|1[034]|8))?[.:#=\"' ]{{0,4}}\Z")
_GOODS_WITHIN = re.compile(rf"(?i){alternatives('goods')}\b")
_GOODS_REACH = 24
#: The postal codes of the world, perhaps with a country or state before them and a place beside them.
_POSTAL = re.compile(
    r"(?:[^\W\d_]{1,20}[ .,-]{1,2}){0,3}(?:\d{3,7}|\d{2,5}[- ]\d{2,4}|\d{4} ?[A-Za-z]{2}"
    r"|[A-Za-z]{1,2}\d[A-Za-z\d]?(?: ?\d[A-Za-z]{2})?"
    r"|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d)(?:[ ,-]{1,2}(?=[^\W\d_]{4}|[^\W\d_][a-zà-ÿ]).{1,40})?"
)


def is_other_number(text: str, finding: Finding) -> bool:
    """Whether a guessed number has too few digits or belongs to something else: goods, a version, a hash."""
    kind, value = finding.entity_type, text[finding.start : finding.end]
    if kind == "IP_ADDRESS" and (_VERSION.fullmatch(value) or not _may_be_host(value)):
        return True
    if _is_part_of_mask(text, finding) or _is_figure(text, finding, value) or _is_among_figures(text, finding, value):
        return True
    few = sum(map(str.isdigit, value)) < NUMBERED[kind] or "   " in value  # columns of a table
    if (kind == "CREDIT_CARD" and _MOMENT.fullmatch(value)) or sum(map(str.isdigit, value)) > _MOST_DIGITS:
        return True
    if is_fraction(text, finding) or (_OF_YEAR if kind in _CALLED else _DECIMAL).fullmatch(value) is not None:
        return True
    return few or _is_digest(text, finding) or _is_of_goods(text, finding)


def _may_be_host(value: str) -> bool:
    """Whether a value has as many parts as an address of a host."""
    return ".." not in value and (value.count(".") >= _DOTS or value.count(":") >= 2)  # noqa: PLR2004


def _is_figure(text: str, finding: Finding, value: str) -> bool:
    """Whether a number is a cell of a row of figures, or two of them."""
    before = _FIGURE.search(text, max(0, finding.start - _FIGURE_REACH), finding.start)
    return before is not None and finding.entity_type not in _CALLED and set(value) <= set("0123456789 \t.")


def _is_among_figures(text: str, finding: Finding, value: str) -> bool:
    """Whether a short number is in one of several lines of whole numbers: "(65281, 65376, 2)," of a table of ranges."""
    if finding.entity_type not in _LONG or _SHORT.fullmatch(value) is None:
        return False
    start, end = text.rfind("\n", 0, finding.start) + 1, text.find("\n", finding.end) % (len(text) + 1)
    if _FIGURES.fullmatch(text, start, end) is None:
        return False
    before = text.rfind("\n", 0, max(start - 1, 0)) + 1
    above = start > 0 and _FIGURES.fullmatch(text, before, start - 1) is not None
    return above or _FIGURES.fullmatch(text, end + 1, text.find("\n", end + 1) % (len(text) + 1)) is not None


def _is_part_of_mask(text: str, finding: Finding) -> bool:
    """Whether a number is part of an object identifier, or of four with points that are the address of no host."""
    before = _QUAD_BEFORE.search(text, max(0, finding.start - _LONGEST_QUAD), finding.start)
    start = before.start() if before else finding.start
    if _OBJECT.match(text, start) is not None:
        return True
    quad = _QUAD.match(text, start)
    return quad is not None and quad.end() >= finding.end and is_ipv4(quad[0]) == 0


def _is_digest(text: str, finding: Finding) -> bool:
    """Whether a number is part of a hash, a UUID or a commit: hexadecimal digits only."""
    start, end = finding.start, finding.end
    while start and text[start - 1] in _HEXADECIMAL:
        start -= 1
    while end < len(text) and text[end] in _HEXADECIMAL:
        end += 1
    return _DIGEST.fullmatch(text, start, end) is not None


def is_fraction(text: str, finding: Finding) -> bool:
    """Whether a guess is the digits behind a decimal point, perhaps with an exponent."""
    start = finding.start
    behind = re.search(r"\d[.,]\Z", text[max(0, start - 2) : start]) is not None
    return behind and _FRACTION.fullmatch(text, start, finding.end) is not None


def _is_of_goods(text: str, finding: Finding) -> bool:
    """Whether a guessed number is labelled as one of goods, before it or inside it."""
    if _GOODS_WITHIN.match(text, finding.start, finding.end):
        return True
    return _GOODS.search(text, max(0, finding.start - _GOODS_REACH), finding.start) is not None


def is_postal(value: str) -> bool:
    """Whether a value has the form of a postal code of some country."""
    return _POSTAL.fullmatch(value) is not None
