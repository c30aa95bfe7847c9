"""Runs that look encoded and were not read: long, of mixed letters and digits, and no known identifier."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from proxy.core.search.decoding.characters import SELECTORS
from proxy.core.search.needs import shaped

_RUN = re.compile(r"[0-9A-Za-z+/_-]{48,}={0,2}")
_LONG_RUN = shaped(r"[0-9A-Za-z+/_-]{48}")
_LEAST = 48
_HEX = re.compile(r"[0-9A-Fa-f-]+")
#: Digests, public keys and certificates; identifiers of calls, answers and files as the providers write them.
_KNOWN = re.compile(
    r"(?:sha[0-9]{1,3}[-_]|AAAA[BCE]3Nza|MI[IG][A-Za-z0-9]|[a-z]{2,12}[_-][0-9A-Za-z_-]{20,64}$"
    r"|chatcmpl-|resp_|msg_|toolu_|call_)"
)
#: Steps of a path that are a digest or a UUID, perhaps behind its first bytes: "/rustc/79e9...", "objects/3f/1c2a...".
_STEP = re.compile(
    r"(?<![^/])(?:[0-9a-f]{2}/){0,3}(?:[0-9a-f]{32,128}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![^/])"
)
#: What announces a digest.
_ANNOUNCED = re.compile(
    r"(?i)(?:sha-?[0-9]{0,3}|md5|blake[0-9a-z]*|hash|digest|checksum|integrity|etag)[\"']?[ ]?[:=][ ]?[\"']?\Z"
)
_ANNOUNCED_REACH = 24
_LONGEST_DIGEST = 128
#: Hexadecimal digits of digests, keys and signatures.
_DIGESTS = frozenset({48, 56, 64, 66, 80, 96, 112, 128})
_LEAST_HEX_ENTROPY = 3.0
_LEAST_ENTROPY = 4.2  # bits a character: text and paths have fewer
_RANDOM = 0.95  # bits that random characters fall short of as many different ones
_LONGEST_MEASURED = 4_000
_LEAST_DIGITS = 0.04


def opaque(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of runs in a decoded view that look like encoded bytes, or are bytes as invisible marks."""
    if not text.isascii():
        yield from (match.span() for match in SELECTORS.finditer(text))
    for match in _RUN.finditer(text) if _LONG_RUN(text) else ():
        run = match.group()
        if _HEX.fullmatch(run):
            if _is_dump(run):
                yield match.span()
        elif len(run) <= _LONGEST_DIGEST and _ANNOUNCED.search(
            text, max(0, match.start() - _ANNOUNCED_REACH), match.start()
        ):
            continue
        elif _KNOWN.match(run) is None and len(rest := _STEP.sub("", run)) >= _LEAST and _mixed(rest):
            yield match.span()


def _is_dump(run: str) -> bool:
    """Whether hexadecimal digits are bytes rather than a digest, a number or identifiers with hyphens."""
    if len(run) > _LONGEST_DIGEST:
        return bool(run.strip(run[0]))
    if len(run) in _DIGESTS or "-" in run or run.isdigit():
        return False
    return _entropy(run) >= _LEAST_HEX_ENTROPY


def _mixed(run: str) -> bool:
    part = run.rstrip("=")[:_LONGEST_MEASURED]
    digits = sum(map(str.isdigit, part))
    if digits < _LEAST_DIGITS * len(part) or not any(map(str.isalpha, part)):
        return False
    if part.isalnum() and part.isupper():
        return _entropy(part) >= _LEAST_ENTROPY  # base32
    words = sum(len(word) for word in re.findall(r"[a-z]{4,}|[A-Z]{4,}", part))
    entropy = _entropy(part)
    if words < len(part) / 2 and entropy >= math.log2(len(part)) - _RANDOM:
        return True
    return words < len(part) / 3 and entropy >= min(_LEAST_ENTROPY, math.log2(len(set(part)) + 1) - 0.6)


def _entropy(text: str) -> float:
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
