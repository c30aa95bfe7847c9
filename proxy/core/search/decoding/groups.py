"""Numbers in pieces: elements of a list that are digits or groups of one number, in JSON and in lists within a text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from proxy.core.search.decoding.views import Decoder, Piece
from proxy.core.search.digit_runs import bare, luhn
from proxy.core.search.needs import shaped

_FEWEST, _LEAST, MOST_DIGITS = 2, 9, 19
#: A group of digits, or of an IBAN.
_GROUP = re.compile(r"[0-9]{1,8}|[A-Z]{2}[0-9]{2}|[A-Z0-9]{4}", re.ASCII).fullmatch
_IBAN_START = re.compile(r"[A-Z]{2}[0-9]{2}", re.ASCII).fullmatch
_LARGEST_GROUP = 10**8
_MOST_OF_IBAN, _SHORTEST_IBAN = 9, 15  # groups; characters: Norway's
COUNTED, _WRITTEN = {int, float}, {int, float, str}
_CARD = re.compile(r"[2-6][0-9]{12,18}", re.ASCII).fullmatch
_CARD_GROUP = 4
#: The sizes of groups in which cards are printed, and other numbers.
_CARD_SIZES = frozenset({*((4, 4, 4, last) for last in range(1, 5)), (4, 4, 4, 4, 3), (4, 6, 5), (4, 6, 4)})
_PRINTED = frozenset({(3, 2, 4), (3, 3, 4), (3, 3, 3, 2)})
_LIST = re.compile(r"[\[{(][^\[\]{}()]{9,600}[\]})]")
_ELEMENT = re.compile(
    r"""\s*(?:["']?\w{1,24}["']?\s?:\s*)?(?:(?P<quote>["'])(?P<text>[0-9A-Z]{1,8})(?P=quote)|(?P<number>[0-9]{1,8}))\s*"""
)


def plain(number: float) -> str:
    """Return a number without an exponent, a whole one without a fraction: ``4.1e3`` and ``4100.0`` are "4100"."""
    return format(Decimal(repr(number)), "f").removesuffix(".0") if isinstance(number, float) else repr(number)


def spelled(node: Sequence[Any]) -> Iterator[tuple[int, int, str]]:
    """Yield (index of the first, index behind the last, text) of the elements of a list that spell a number together.

    ``["4111", "1111", "1111", "1111"]``, ``[4, 1, 1, ...]``, ``["DE89", "3704", ...]``: digits or groups of a card, or
    printed groups of another number, with other kinds of elements around them. Counts and sizes spell none.
    """
    kinds = set(map(type, node))
    if not kinds & _WRITTEN or (kinds <= COUNTED and len(node) > MOST_DIGITS):
        return
    at = 0
    for is_text, run in itertools.groupby(node, key=lambda element: group(element) and isinstance(element, str)):
        groups = list(map(group, run))
        if is_text:
            yield from ((at + first, at + last, text) for first, last, text in _written(groups))
        elif len(groups) > _FEWEST and groups[0] and (text := _counted(groups)):
            yield at, at + len(groups), text
        at += len(groups)


def group(element: Any) -> str:
    """Return the characters of a group of a number, "" for anything else."""
    if isinstance(element, str):
        return element if _GROUP(element) else ""
    if isinstance(element, bool) or not isinstance(element, int | float) or not 0 <= element < _LARGEST_GROUP:
        return ""
    text = plain(element)
    return text if text.isdecimal() else ""


def _counted(groups: Sequence[str]) -> str:
    """Return the card that whole numbers spell, "" for none: one list of nothing but its digits or its groups."""
    sizes = tuple(map(len, groups))
    if len(sizes) == sizes[0] == _CARD_GROUP == max(sizes) and sizes.count(_CARD_GROUP) >= _CARD_GROUP - 1:
        groups = [group.zfill(_CARD_GROUP) for group in groups]  # [4000, 12, 3456, 7899]: a number drops its zeros
    elif sizes not in _CARD_SIZES and set(sizes) != {1}:
        return ""
    return _card(groups)


def _written(groups: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield (first, behind the last, text) of strings that spell a card, an IBAN or a number in printed groups."""
    if text := _card(groups):
        yield 0, len(groups), text
        return
    sizes = tuple(map(len, groups))
    done = 0
    for first, group in enumerate(groups):
        if first < done:
            continue
        if _IBAN_START(group):
            most = min(first + _MOST_OF_IBAN, len(sizes))
            last = next((at + 1 for at in range(first, most) if sizes[at] != _CARD_GROUP), most)
            if sum(sizes[first:last]) >= _SHORTEST_IBAN:
                done = last
                yield first, done, "".join(groups[first:done])
                continue
        for form in (*_CARD_SIZES, *_PRINTED):
            part = groups[first : first + len(form)]
            if sizes[first : first + len(form)] == form and (
                text := _card(part) if form in _CARD_SIZES else _printed(part)
            ):
                done = first + len(form)
                yield first, done, text
                break


def _card(groups: Sequence[str]) -> str:
    """Return the card number that groups form, "" if there is none."""
    text = "".join(groups) if len(groups) <= MOST_DIGITS else ""
    return text if _CARD(text) and luhn(text) else ""


def _printed(groups: Sequence[str]) -> str:
    text = "-".join(groups)
    return "" if any(map(str.isalpha, text)) else text


def _listed(match: re.Match[str]) -> list[Piece] | None:
    """Join the groups of a number in a list or an object; all else stays."""
    if len(bare(match.group())) < _LEAST:
        return None
    elements: list[str | int | None] = []
    spans: list[tuple[int, int]] = []
    at = 1
    for part in match.group()[1:-1].split(","):
        element = _ELEMENT.fullmatch(part)
        form = "text" if element is None or element["text"] else "number"
        elements.append(None if element is None else element["text"] or int(element["number"]))
        spans.append((0, 0) if element is None else (at + element.start(form), at + element.end(form)))
        at += len(part) + 1
    pieces: list[Piece] = []
    done = 0
    for first, last, text in spelled(elements):
        start, end = spans[first][0], spans[last - 1][1]
        pieces += [*((match.group()[at], at, at + 1) for at in range(done, start)), (text, start, end)]
        done = end
    return [*pieces, *((match.group()[at], at, at + 1) for at in range(done, len(match.group())))] if pieces else None


#: What sets groups in bold or the like, with a sign or blank between them.
_INLINE = (
    r"(?:</?(?:b|i|u|s|em|strong|span|mark|code|font|small|wbr)\b[^<>]{0,60}>"
    r"|(?:[*]{2}|`)(?=[ ./-])|(?<=[ ./-])(?:[*]{2}|`))"
)
_MARKED = re.compile(rf"(?<=[0-9]){_INLINE}{{1,3}}(?P<sign>[ ./-]?){_INLINE}{{0,3}}(?=[0-9])")


#: Groups of a card or an IBAN with the same signs between them that are none of a list, a table or a line.
_SIGNS = r"(?:\\[,;:! ]|[^\w\s,;|\"'<>]{1,2}|[^\w\s,;|\"'<>]?[ ][^\w\s,;|\"'<>])"
_SIGNED = re.compile(
    rf"(?<![0-9])[2-6][0-9]{{3}}(?P<sign>(?![-.]){_SIGNS})(?:[0-9]{{4}}(?P=sign)[0-9]{{4}}(?P=sign)[0-9]{{1,4}}"
    rf"(?:(?P=sign)[0-9]{{3}})?|[0-9]{{6}}(?P=sign)[0-9]{{4,5}})(?![0-9])|(?<![^\W_])[A-Z]{{2}}[0-9]{{2}}"
    rf"(?P<mark>(?![-.]){_SIGNS})(?:[0-9A-Z]{{4}}(?P=mark)){{2,7}}[0-9A-Z]{{1,4}}(?![^\W_])"
)


def _joined(match: re.Match[str]) -> list[Piece] | None:
    text = match.group().replace(match["sign"] or match["mark"], "")
    signs = [(sign, at, at + 1) for at, sign in enumerate(match.group()) if sign.isalnum()]
    return signs if _card([text]) or (match["mark"] and _is_account(text)) else None


def _is_account(iban: str) -> bool:
    """Whether the check digits are right, ISO 7064."""
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def _unmarked(match: re.Match[str]) -> list[Piece]:
    start = match.start("sign") - match.start()
    return [(match["sign"], start, start + 1)] if match["sign"] else []


DECODERS = (
    Decoder("digits in a list", _LIST, _listed, shaped(r"""[0-9]["']?[ \n\r\t]*,[^,]{0,40}[0-9]""")),
    Decoder("groups apart", _SIGNED, _joined, shaped(r"[2-6A-Z][0-9A-Z][0-9]{2}[^0-9A-Za-z]{1,8}[0-9A-Z]{4}")),
    Decoder("digits in markup", _MARKED, _unmarked, shaped(r"[0-9](?:<|[*]{2}|`)")),
)
