"""Whether a text is found out however it is spelled: every encoder and every pair of encoders over planted values.

``python -m bench.spelling --texts N`` encodes N texts in eight languages, whole and value by value, and prints for each
encoder how often everything found in the plain text is found again, how often the text counts as partly read instead,
and how often something is missed. Exits with 1 where anything is missed. A text whose decoded view is the plain text
has its findings; the engine is asked about all others. Found: for every planted value that is found in the plain text
a finding of the same entity type (whole), or findings over the whole encoded value (value by value).
"""

from __future__ import annotations

import argparse
import base64
import codecs
import gzip
import html
import itertools
import json
import quopri
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from proxy.core.findings import Status
from proxy.detection.text.turned import read_text

Encode = Callable[[str], str]
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LOOK_ALIKE = str.maketrans("aceopxyABEHKMOPTX", "асеорхуАВЕНКМОРТХ")  # noqa: RUF001
_SMALL = str.maketrans("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")
_FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_BOLD = {ord("A") + n: 0x1D400 + n for n in range(26)} | {ord("a") + n: 0x1D41A + n for n in range(26)}
_ROUND = {ord("A") + n: 0x24B6 + n for n in range(26)} | {ord("a") + n: 0x24D0 + n for n in range(26)}


def _base58(text: str) -> str:
    number, out = int.from_bytes(text.encode(), "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = _BASE58[rest] + out
    return out


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be")


ENCODERS: dict[str, Encode] = {
    "json": lambda text: json.dumps(text)[1:-1],
    "json, all characters": lambda text: "".join(
        f"\\u{int.from_bytes(_utf16(text)[at : at + 2], 'big'):04x}" for at in range(0, len(_utf16(text)), 2)
    ),
    "bytes \\x": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "html, decimal": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "html, hexadecimal": lambda text: "".join(f"&#x{ord(c):x};" for c in text),
    "html, names": lambda text: "".join(
        f"&{html.entities.codepoint2name[ord(c)]};" if ord(c) in html.entities.codepoint2name else c for c in text
    ),
    "percent": lambda text: quote(text, safe=""),
    "query": quote_plus,
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "encoded word": lambda text: f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?=",
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode().rstrip(),
    "gzip": lambda text: base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base58": _base58,
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "ascii85": lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, spaces": lambda text: text.encode().hex(" "),
    "decimal": lambda text: " ".join(map(str, text.encode())),
    "bits": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "utf-7": lambda text: text.encode("utf-7").decode(),
    "backwards": lambda text: text[::-1],
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "look-alikes": lambda text: text.translate(_LOOK_ALIKE),
    "small capitals": lambda text: text.translate(_SMALL),
    "full width": lambda text: text.translate(_FULL),
    "bold": lambda text: text.translate(_BOLD),
    "circled": lambda text: text.translate(_ROUND),
    "zero width": "\u200b".join,
    "struck through": lambda text: "".join(c + "\u0336" for c in text),
    "letters apart": lambda text: "   ".join(" ".join(word) for word in text.split(" ")),
}
#: These tell one value apart only together with other words: a value alone in them is not asked for.
WHOLE_ONLY = frozenset({"rot13", "backwards", "letters apart", "base64 in lines", "decimal"})


def both(first: Encode, then: Encode) -> Encode:
    """Return one encoder of two."""
    return lambda text: then(first(text))


class Planted(NamedTuple):
    """A text with what was planted in it: (entity type, value)."""

    text: str
    values: tuple[tuple[str, str], ...]


_PEOPLE = {
    "en": (
        "Please write a reply to {n} at {m} about the invoice, her social security number is {s}.",
        "Katherine Whitfield",
    ),
    "de": (
        "Bitte schreiben Sie eine Antwort an {n} unter {m} wegen der Rechnung, die Kontonummer ist {i}.",
        "Jürgen Lützow",
    ),
    "fr": ("Veuillez écrire une réponse à {n} à l'adresse {m} pour la facture, son compte est {i}.", "Renée Lefèvre"),
    "es": ("Por favor escribe una respuesta a {n} en {m} sobre la factura, su cuenta es {i}.", "María Fernández"),
    "it": ("Per favore scrivi una risposta a {n} presso {m} per la fattura, il suo conto è {i}.", "Chiara Bianchi"),
    "pt": ("Por favor escreva uma resposta a {n} em {m} sobre a fatura, a conta dela é {i}.", "João Figueiredo"),
    "nl": ("Schrijf alstublieft een antwoord aan {n} op {m} over de factuur, haar rekening is {i}.", "Sanne Verhoeven"),
    "pl": ("Proszę napisać odpowiedź do {n} na adres {m} w sprawie faktury, jej konto to {i}.", "Katarzyna Wójcik"),
}
_IBANS = ("DE89370400440532013000", "FR1420041010050500013M02606", "NL91ABNA0417164300", "PL61109010140000071219812874")


def pool(count: int) -> list[Planted]:
    """Return texts with planted values, the languages in turn."""
    texts = []
    for number, (form, name) in zip(range(count), itertools.cycle(_PEOPLE.values()), strict=False):
        mail, iban, ssn = (
            f"person{number}@example.com",
            _IBANS[number % len(_IBANS)],
            f"52{number % 10}-44-938{number % 9 + 1}",
        )
        values = [("PERSON", name), ("EMAIL_ADDRESS", mail), ("BANK_ACCOUNT", iban), ("US_SSN", ssn)]
        text = form.format(n=name, m=mail, i=iban, s=ssn)
        texts.append(Planted(text, tuple(pair for pair in values if pair[1] in text)))
    return texts


def same(encoded: str, plain: str) -> bool:
    """Whether the decoded view of an encoded text is the plain text's, letter case aside."""
    return read_text(encoded).text.strip().casefold() == read_text(plain).text.strip().casefold()


class Bench:
    """Counts (found, partial, missed) of encoders; the engine answers where the view differs."""

    def __init__(self, engine: Any, texts: Sequence[Planted]) -> None:
        self._engine = engine
        self._texts = texts
        plain = engine.detect([one.text for one in texts])
        self._found = [
            tuple(pair for pair in one.values if any(f.entity_type == pair[0] for f in (*seen.findings, *seen.inside)))
            for one, seen in zip(texts, plain, strict=True)
        ]

    def whole(self, encode: Encode) -> Counter[str]:
        """Count over texts that are encoded whole."""
        return Counter(
            self._whole(encode(one.text), one, found) for one, found in zip(self._texts, self._found, strict=True)
        )

    def _whole(self, encoded: str, one: Planted, found: Sequence[tuple[str, str]]) -> str:
        if same(encoded, one.text):
            return "found"
        seen = self._engine.detect([encoded])[0]
        kinds = {finding.entity_type for finding in (*seen.findings, *seen.inside)}
        if {kind for kind, _ in found} <= kinds:
            return "found"
        return "missed" if seen.status is Status.COMPLETE else "partial"

    def single(self, encode: Encode) -> Counter[str]:
        """Count over values that are encoded alone, in their text."""
        return Counter(
            result
            for one, found in zip(self._texts, self._found, strict=True)
            for result in self._values(encode, one, found)
        )

    def _values(self, encode: Encode, one: Planted, found: Sequence[tuple[str, str]]) -> Iterator[str]:
        for _, value in found:
            written = encode(value)
            text = one.text.replace(value, written)
            start = text.index(written)
            seen = self._engine.detect([text])[0]
            spans = [range(f.start, f.end) for f in (*seen.findings, *seen.inside)]
            open_ = [
                at
                for at in range(start, start + len(written))
                if text[at].isalnum() and not any(at in span for span in spans)
            ]
            yield "found" if not open_ else "missed" if seen.status is Status.COMPLETE else "partial"


def main() -> int:
    """Run and print; 1 where anything is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=8)
    parser.add_argument("--no-pairs", action="store_true")
    parser.add_argument("--only", default="", help="encoders whose names hold this")
    chosen = parser.parse_args()
    from proxy.detection.engine import DetectionEngine

    bench = Bench(DetectionEngine.load(), pool(chosen.texts))
    missed = 0
    print(f"{'encoder':24} {'whole text':>24} {'value by value':>24} {'then every other':>24}")
    for name, encode in ENCODERS.items():
        if chosen.only not in name:
            continue
        counts = [bench.whole(encode), Counter() if name in WHOLE_ONLY else bench.single(encode)]
        pairs: Counter[str] = Counter()
        for then in () if chosen.no_pairs else ENCODERS.values():
            pairs += bench.whole(both(encode, then))
        counts.append(pairs)
        missed += sum(count["missed"] for count in counts)
        print(f"{name:24} " + " ".join(f"{c['found']:>8}{c['partial']:>8}{c['missed']:>8}" for c in counts), flush=True)
    print(f"missed: {missed} (each column: found, partial, missed)")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
