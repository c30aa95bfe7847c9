"""Realistic surrogates: what the target received and what the client got."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import orjson
import pytest

from proxy.core.deidentification.declension import other_forms
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.leaves import bare
from proxy.core.records import Obligation
from testing.fakes import DONE, FakeClient, FakeDetector, FakePdp, FakeReply, Stage, chat, completion, delta

LOOKS_REAL = (
    Obligation("s", "pseudonymize", method="surrogate_realistic"),
    Obligation("r", "residual_scan"),
    Obligation("b", "reidentify_response"),
)
TEXTS = {
    "de": (
        "Sehr geehrte Frau Schmidt, Annas Brief und Schmidts Akte liegen vor. Anna Schmidt, geboren 1984-03-12, traf Jan Nowak.",
        ["Anna Schmidt", "Annas", "Schmidts", "Schmidt", "Jan Nowak", "1984-03-12"],
    ),
    "pl": (
        "Anna Kowalska i Jan Nowak. List do Anny Kowalskiej, odpowiedź Jana Nowaka. Spotkanie z Kowalskim i Markiem.",
        ["Anna Kowalska", "Jan Nowak", "Anny Kowalskiej", "Jana Nowaka", "Kowalskim", "Markiem"],
    ),
    "uk": (
        "Олена Коваленко та Іван Петровський. Лист Олені Коваленко, відповідь Івана Петровського.",
        ["Олена Коваленко", "Іван Петровський", "Олені Коваленко", "Івана Петровського"],
    ),
    "en": (
        "Dear Mr Smith, J. Smith (+1 212 867 5309) wrote; see cv_john_smith.pdf and JohnSmith, says John Smith. JOHN SMITH",
        ["Smith", "J. Smith", "+1 212 867 5309", "John Smith", "JOHN SMITH"],
    ),
}


@dataclass
class People(FakeDetector):
    language: str = ""
    values: list[str] = field(default_factory=list)

    def scan(self, text: str, tenant: str = "") -> tuple[Finding, ...]:
        places = {
            (match.start(), match.end()): "PHONE_NUMBER" if value[0] == "+" else "DATE" if value[0] == "1" else "PERSON"
            for value in self.values
            for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", text)
        }
        return tuple(Finding(kind, start, end, 0.9, "titled") for (start, end), kind in sorted(places.items()))

    def _segment(self, leaf):
        return SegmentFindings(self.scan(bare(leaf)), self.status, self.language)


async def served(language, reply=lambda sent: sent, *, stream=False, more="", stage=None, text=""):
    values = TEXTS[language][1]
    text = text or TEXTS[language][0]
    stage = stage or Stage(detector=People(language=language, values=values), pdp=FakePdp(LOOKS_REAL))
    stage.client = FakeClient()
    sent: list[str] = []

    def answer(out):
        sent.append(orjson.loads(out.wire.body)["messages"][0]["content"])
        written = reply(sent[0])
        pieces = FakeReply(parts=[*map(delta, written), DONE], content_type="text/event-stream")
        stage.upstreams.replies = {"a": pieces if stream else FakeReply(parts=[completion(written)])}

    stage.upstreams.before = answer
    client = await stage.run(chat(text + more, stream=stream))
    if not sent:
        return "", client.body.decode()
    if not stream:
        return sent[0], orjson.loads(client.body)["choices"][0]["message"]["content"]
    events = [line[6:] for line in client.body.decode().splitlines() if line.startswith("data: {")]
    return sent[0], "".join(orjson.loads(event)["choices"][0]["delta"].get("content", "") for event in events)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("language", TEXTS)
async def test_nobody_leaves_and_everybody_comes_back(language, stream):
    text, values = TEXTS[language]
    sent, received = await served(language, stream=stream)
    assert received == text
    words = {word.lower() for value in values for word in re.findall(r"[^\W\d_]{3,}|[\d-]{6,}", value)}
    assert not words & {word.lower() for word in re.findall(r"[^\W\d_]{3,}|[\d-]{6,}", sent)}
    assert not re.search(r"Name_|Date_|Phone_|\+999", sent)
    assert re.sub(r"\w", "", sent) == re.sub(r"\w", "", text)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("language", TEXTS)
async def test_nobody_comes_back_where_policy_does_not_ask_for_it(language, stream):
    stage = Stage(detector=People(language=language, values=TEXTS[language][1]), pdp=FakePdp(LOOKS_REAL[:2]))
    sent, received = await served(language, stage=stage, stream=stream)
    assert received == sent != TEXTS[language][0]


async def test_titles_and_endings_stay():
    sent, _ = await served("de")
    first, family = re.search(r"(\w+) (\w+), geboren", sent).groups()
    assert sent.startswith(f"Sehr geehrte Frau {family}, {first}s Brief und {family}s Akte")


@pytest.mark.parametrize("obligations", [LOOKS_REAL, (Obligation("s", "pseudonymize"), *LOOKS_REAL[1:])])
async def test_a_genitive_that_detection_took_with_the_name_is_the_same_person(obligations):
    text = "James Wilson called. Read Wilson's reply."
    stage = Stage(detector=People(values=["James Wilson", "Wilson's"], language="en"), pdp=FakePdp(obligations))
    sent, received = await served("en", stage=stage, text=text)
    family = re.match(r"\w+ (\w+) called", sent)[1]
    assert sent.endswith(f"Read {family}'s reply.")
    assert "ilson" not in sent
    assert received == text


@pytest.mark.parametrize("stream", [False, True])
async def test_a_form_that_was_not_sent_comes_back_in_that_form(stream):
    def reply(sent):
        family = re.search(r"Spotkanie z (\w+) ", sent)[1]
        return "Dla " + next(new for new, old in other_forms(family, "Kowalskim") if old == "Kowalskiemu") + "."

    assert (await served("pl", reply, stream=stream))[1] == "Dla Kowalskiemu."


async def test_a_word_that_only_begins_like_a_surrogate_stays():
    sent, received = await served("de", lambda sent: re.search(r"(\w+) \w+, geboren", sent)[1] + "burg")
    assert received.endswith("burg")
    assert received[:-4] in sent


async def test_later_turns_have_the_same_people():
    stage = Stage(detector=People(language="de", values=TEXTS["de"][1]), pdp=FakePdp(LOOKS_REAL))
    first, _ = await served("de", stage=stage)
    second, _ = await served("de", stage=stage, more=" Und Anna?")
    assert second.startswith(first)
