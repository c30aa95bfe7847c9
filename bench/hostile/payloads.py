"""Payloads that try to get something out or in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import Answer, Stand, messages
from bench.leaks.cases import Cases
from bench.leaks.encoders import ENCODERS, HOME_MADE, NUMBERS_ONLY
from bench.leaks.judge import Received
from bench.leaks.people import Value

_TEXTS = 60
_REMOTE = (
    "http://169.254.169.254/latest/meta-data/iam", "http://[::ffff:169.254.169.254]/latest", "http://localhost:5432/",
    "http://127.0.0.1/admin", "http://metadata.google.internal/computeMetadata/v1/", "file:///etc/passwd",
    "FILE:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://10.0.0.1/x.png", "https://pictures.example/1.png",
    "//169.254.169.254/latest", "http://2852039166/latest", " http://169.254.169.254/x",
)  # fmt: skip
_PSEUDONYM = re.compile(
    r"(Name|User|Phone|Host|Mail|Org|Place|Address|ID)_[A-Z]{10}|user-[a-z]{10}@example\.com|\+999\d{12}"
)
_ANY_CASE = re.compile(_PSEUDONYM.pattern, re.IGNORECASE)  # a pseudonym is written as its original was


@row("remote references", "pictures and files named by metadata addresses, loopback, file: and unknown hosts",
     must="remote references are facts; refused unless scheme and host are on a list; file: never", group="payloads")  # fmt: skip
async def remote(stand: Stand) -> Found:
    """Send each as a picture and as a file, to the server in the region."""
    since, odd = await stand.count(), []
    for url in _REMOTE:
        for part in ({"type": "image_url", "image_url": {"url": url}}, {"type": "file", "file": {"file_data": url}},
                     {"type": "image_url", "image_url": url}):  # fmt: skip
            body = {
                "model": "local-say",
                "messages": [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, part]}],
            }
            answer = await stand.chat("sales", body)
            if answer.status >= 500 or not answer.status:
                odd.append(f"{url.strip()} as {part['type']}: {answer}")
    passed = [one for one in await stand.received(since) if any(url.strip() in one["body"] for url in _REMOTE)]
    faults = [f"{len(passed)} of {3 * len(_REMOTE)} were passed on"] if passed else []
    return judged(faults + odd[:2], f"{3 * len(_REMOTE)} references, none passed on", passed=len(passed))


async def _pseudonyms(stand: Stand, caller: str, text: str, **headers: str) -> tuple[Answer, list[str]]:
    """Ask; return the answer and the pseudonyms that a third party received."""
    since = await stand.count()
    answer = await stand.ask(caller, text, "third-say", headers=headers)
    got = "".join(one["body"] for one in await stand.received(since))
    return answer, [found[0] for found in _PSEUDONYM.finditer(got)]


@row("another's pseudonym", "another service of the same tenant pastes a pseudonym that it never received",
     must="stays a pseudonym: the domain holds the service; recalling earlier ones needs a role and is recorded", group="payloads")  # fmt: skip
async def another(stand: Stand) -> Found:
    """Mint as one service, paste as another, with and without a conversation."""
    faults = []
    for headers in ({}, {"x-compliance-conversation": "shared-1"}):
        _, minted = await _pseudonyms(
            stand, "sales", "Please thank Ottilie Brandt (ottilie.brandt@lettermail.org) for her order.", **headers
        )
        if len(minted) < 3:
            return Found(False, f"only {len(minted)} pseudonyms were minted")
        for caller in ("support", "quiet"):
            asked = f"Who is {' '.join(minted)}? Ask Henrike Vogelsang (henrike.vogelsang@lettermail.org)."
            answer, _ = await _pseudonyms(stand, caller, asked, **headers)
            if "Ottilie" in answer.text or "Brandt" in answer.text or "ottilie" in answer.text:
                faults.append(f"{caller} got the original back{' in a conversation' if headers else ''}")
    return judged(faults, "nobody else gets an original back")


@row("own pseudonym", "the caller's own e-mail pseudonym comes back in its next turn",
     must="our own pseudonyms are known before detection: not masked again", group="payloads")  # fmt: skip
async def own(stand: Stand) -> Found:
    """Send a conversation on with a pseudonym in it."""
    first = "Please thank Ottilie Brandt (ottilie.brandt@lettermail.org, +49 231 5558493) for her order."
    _, minted = await _pseudonyms(stand, "sales", first, **{"x-compliance-conversation": "own-1"})
    turn = f"The last mail went to {', '.join(minted)}. Was that right?"
    answer, sent = await _pseudonyms(stand, "sales", turn, **{"x-compliance-conversation": "own-1"})
    again = [one for one in dict.fromkeys(minted) if one not in sent]
    faults = (
        [f"{len(again)} of {len(set(minted))} masked again, as {[one for one in sent if one not in minted][:2]}"]
        if again
        else []
    )
    restored = "ottilie.brandt@lettermail.org" in answer.text
    return judged(faults, f"sent as it was; {'restored' if restored else 'not restored'} for its own service",
                  minted=len(minted), masked_again=len(again), restored=restored)  # fmt: skip


_DISCLOSED = (
    "212-45-6789",
    "4111 1111 1111 1111",
    "henrike.vogelsang@lettermail.org",
    "+49 231 5558493",
    "DE89370400440532013000",
)
_OWN = "My SSN is 536-22-8145, card 5555 5555 5555 4444, mail me at ottilie.brandt@lettermail.org or +49 231 5558111."


@row("replies", "a reply holds another person's SSN, card, e-mail, phone and account while the request held one of each",
     must="the guard exempts values, not types; streamed = whole", group="payloads")  # fmt: skip
async def replies(stand: Stand) -> Found:
    """Ask whole, streamed and for a call."""
    said = (f"The other one: SSN {_DISCLOSED[0]}, card {_DISCLOSED[1]}, mail {_DISCLOSED[2]}, phone {_DISCLOSED[3]}, "
            f"account {_DISCLOSED[4]}. Marie Curie won twice.")  # fmt: skip
    tool = {"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}
    ways: dict[str, dict[str, Any]] = {
        "whole": {},
        "streamed": {"stream": True},
        "call": {"tools": [tool]},
        "streamed call": {"tools": [tool], "stream": True},
    }
    faults, texts = [], {}
    for asked in (_OWN, "What is open today?"):
        for way, extra in ways.items():
            name = "replies-call" if "call" in way else "replies"
            await stand.say(name, said)
            answer = await stand.ask("sales", asked, f"do-say-{name}", **extra)
            texts[asked, way] = answer.text
            passed = [one for one in _DISCLOSED if one in answer.text]
            faults += [f"{way}: {len(passed)} of {len(_DISCLOSED)} delivered"] if passed else []
            faults += ["a public name is lost"] if "Marie Curie" not in answer.text else []
        if texts[asked, "whole"] != texts[asked, "streamed"]:
            faults.append("streamed differs from whole")
    return judged(list(dict.fromkeys(faults)), "nothing of others delivered, whole, streamed and in calls")


_ENCODED = {"name": ("Katarzyna Wójcik", ("Katarzyna", "Wójcik")), "email": ("renee.luetzow@lettermail.org",) * 2,
            "card": ("4111 1111 1111 1111",) * 2}  # fmt: skip
_ESCAPED = frozenset({"json escapes of marks", "json escapes", "html entities", "html entities of all"})
_FRAMES = (
    "Draft a reply to {} about the delayed order.",
    'Fix this: {{"to": "{}", "days": 3}} please.',
    "Render <td>{}</td> again.",
)


async def _encoded(stand: Stand, encoders: Sequence[str]) -> Found:
    passed, sent = [], 0
    for encoder in encoders:
        for kind, (text, marks) in _ENCODED.items():
            if encoder in NUMBERS_ONLY and kind != "card":
                continue
            for frame in _FRAMES:
                sent += 1
                value = Value(kind, text, (marks,) if isinstance(marks, str) else marks)
                since = await stand.count()
                await stand.ask("care", frame.format(ENCODERS[encoder](text)))
                got = [one for one in await stand.received(since) if not one["target"].startswith("local")]
                if any(Received(one["body"]).holds(value) for one in got):
                    passed.append(f"{kind} in {encoder}")
    named = ", ".join(dict.fromkeys(passed))
    return judged(
        [f"{len(passed)} of {sent} forwarded: {named}"] if passed else [],
        f"{sent} texts, none forwarded in clear",
        sent=sent,
        forwarded=len(passed),
    )


@row("escapes in prose", "names, addresses and cards in JSON and HTML escapes inside sentences, JSON and HTML",
     must="findings(encode(x)) = findings(x)", group="payloads")  # fmt: skip
async def escapes(stand: Stand) -> Found:
    """Send each."""
    return await _encoded(stand, sorted(_ESCAPED))


@row("other encodings", "percent twice, quoted-printable, base64 of any length, base32, hex, reversed, look-alikes, small capitals ...",
     must="decoded, or partial: never forwarded", group="payloads", patience_s=150)  # fmt: skip
async def encodings(stand: Stand) -> Found:
    """Send each."""
    return await _encoded(stand, [one for one in ENCODERS if one not in _ESCAPED | HOME_MADE])


def _shape(text: str) -> str:
    return _ANY_CASE.sub(lambda found: (found[1] or found[0][:3]) + "_#", text)


async def _sent(stand: Stand, caller: str, texts: Sequence[str]) -> list[str]:
    since = await stand.count()
    body = {"model": "say", "messages": [message for text in texts for message in messages(text)]}
    await stand.chat(caller, body)
    got = await stand.received(since)
    return (
        [_shape(str(one["content"])) for one in json.loads(got[-1]["body"])["messages"]] if got else [""] * len(texts)
    )


def _strangers() -> list[str]:
    """Sixty texts no two of which share a name: what is found in one must not be replaced in another for its sake."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for case in (case for seed in range(20) for case in Cases(seed).names()):
        marks = {mark.lower() for value in case.plants for mark in value.marks}
        words = set(re.findall(r"\w+", " ".join(marks)))
        if not words & used and len(found) < _TEXTS:
            used |= words
            found[case.body["messages"][0]["content"]] = ""
    return list(found)


@row(
    "batch",
    "the same sixty texts alone and in batches of 30",
    must="findings are a function of the text",
    group="payloads",
)
async def batch(stand: Stand) -> Found:
    """Send sixty texts alone as one tenant and in batches as another; compare what a target received."""
    texts = _strangers()
    alone = [(await _sent(stand, "loud", [text]))[0] for text in texts]
    batched = [
        one for place in range(0, len(texts), 30) for one in await _sent(stand, "loud-2", texts[place : place + 30])
    ]
    different = [one for one, other in zip(alone, batched, strict=True) if one != other]
    return judged([f"{len(different)} of {len(texts)} differ"] if different else [], f"{len(texts)} texts, no difference",
                  texts=len(texts), different=len(different))  # fmt: skip
