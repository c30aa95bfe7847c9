"""Surrogates that look real, in conversations that a target keeps: OpenAI's own client, in the real vault."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import openai
import orjson
import pytest

from proxy.codecs.openai.responses import RESPONSES
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.leaves import bare
from proxy.core.records import Obligation
from proxy.core.targets.registered import Route
from testing.fakes import EVERY_INPUT, PRINCIPAL, FakeDetector, FakePdp, Stage, catalog, target
from testing.serving import KEY, serving
from tests.integration.vault import test_kept_conversations, test_kept_responses

REAL = (
    Obligation("s", "pseudonymize", method="surrogate_realistic"),
    *(Obligation(kind, kind) for kind in ("reidentify_response", "residual_scan", "response_scan", "stream_guard")),
)
TOKENS = (Obligation("s", "pseudonymize"), *REAL[1:])
APIS = frozenset({"openai_responses", "openai_responses_kept", "openai_conversations"})
WOMEN = (
    "Ada Adele Agathe Agnes Alexandra Alice Alina Alma Amelie Anastasia Andrea Angela Angelika Anika Anita Anja".split()
)
_PEOPLE = re.compile(
    rf"\b(?:{'|'.join([*WOMEN, 'Anna', 'Annette', 'Zyta'])})s?\b(?: Schmidts?)?|\bSchmidts?\b|\bZyty\b"
)
_NUMBER = re.compile(r"\+\d[\d ]{8,}\d")
_DATE = re.compile(r"\d\d\.\d\d\.\d{4}")


@dataclass
class People(FakeDetector):
    language: str = "de"
    also: re.Pattern[str] = re.compile("(?!)")

    def scan(self, text, tenant=""):
        every = (("PERSON", _PEOPLE), ("PERSON", self.also), ("PHONE_NUMBER", _NUMBER), ("DATE", _DATE))
        found = [(m.start(), m.end(), kind) for kind, pattern in every for m in pattern.finditer(text)]
        return tuple(Finding(kind, start, end, 0.9, "titled") for start, end, kind in sorted(found))

    def _segment(self, leaf):
        return SegmentFindings(self.scan(bare(leaf)), self.status, self.language)


@asynccontextmanager
async def calling(vault, provider, obligations=REAL):
    takes = replace(EVERY_INPUT, dialects=APIS)
    chosen = catalog(target("a", accepts=takes), routes=(Route("*", "*", "*", ("a",)),))
    stage = Stage(
        api=RESPONSES, pdp=FakePdp(obligations), upstreams=provider, catalog=chosen, vault=vault, detector=People()
    )
    async with (
        serving(stage) as running,
        openai.AsyncOpenAI(base_url=f"{running.url}/v1", api_key=KEY, max_retries=0) as client,
    ):
        running.identities.principal = replace(PRINCIPAL, roles=("dry-run",))
        yield client, stage


def sent(stage):
    """Return the new text of every turn, as the target got it."""
    return [document["input"] for *_, document in stage.upstreams.seen if "input" in document]


@pytest.fixture
async def answering(open_vault):
    async with calling(await open_vault(), test_kept_responses.Provider()) as (client, stage):
        yield client, stage


async def turns(client, texts, **more):
    """Say texts in turns; return the last reply."""
    reply = None
    for text in texts:
        before = {"previous_response_id": reply.id} if reply is not None else {}
        reply = await client.responses.create(model="m", input=text, store=True, **before, **more)
    return reply


async def test_a_person_of_an_earlier_turn_keeps_the_surrogate_and_nobody_else_gets_it(answering):
    client, stage = answering
    texts = ["Brief an Anna Schmidt.", *(f"Auch an {name} Schmidt." for name in WOMEN), "Annas Mutter, Schmidts Frau."]
    reply = await turns(client, texts)
    assert reply.output_text == "".join(f" You said: {text}" for text in texts)
    first, *others, last = sent(stage)
    anna, family = re.fullmatch(r"Brief an (\w+) (\w+)\.", first).groups()
    assert last == f"{anna}s Mutter, {family}s Frau."
    names = [re.fullmatch(rf"Auch an (\w+) {family}\.", text)[1] for text in others]
    assert len({anna, *names}) == len(WOMEN) + 1
    assert all(name != new for name, new in zip(["Anna", "Schmidt", *WOMEN], [anna, family, *names], strict=True))
    assert reply.output_text == (await client.responses.retrieve(reply.id)).output_text


async def test_somebody_whose_name_was_a_surrogate_is_told_apart(answering):
    client, stage = answering
    first = await turns(client, ["Brief an Anna."])
    [anna] = re.findall(r"an (\w+)", sent(stage)[0])
    stage.detector.also = re.compile(rf"\b{anna}s?\b")
    texts = [f"{anna} kennt Anna, Annas Brief ist da."]
    after = {"previous_response_id": first.id}
    reply = await client.responses.create(model="m", input=texts[0], store=True, **after)
    assert reply.output_text == f" You said: Brief an Anna. You said: {texts[0]}"
    other, *same = re.fullmatch(r"(\w+) kennt (\w+), (\w+) Brief ist da\.", sent(stage)[1]).groups()
    assert (other != anna, same) == (True, [anna, f"{anna}s"])


async def test_a_form_of_a_name_that_no_list_has_is_its_person(answering):
    client, stage = answering
    stage.detector.language = "pl"
    texts = ["List do Zyty Schmidt. Zyta pisze.", "Zyty list.", "Zyta."]
    reply = await turns(client, texts)
    assert reply.output_text == "".join(f" You said: {text}" for text in texts)
    one, two, three = sent(stage)
    inflected, _, base = re.fullmatch(r"List do (\w+) (\w+)\. (\w+) pisze\.", one).groups()
    assert (two, three) == (f"{inflected} list.", f"{base}.")


async def test_streams_restore_what_earlier_turns_were_given(answering):
    client, stage = answering
    reply = await turns(client, ["Brief an Anna Schmidt.", "Und an Annette?"])
    text, after = "", {"previous_response_id": reply.id}
    stage.upstreams.kept["resp_68af0002"]["output"][0]["content"][0]["text"] += f" {sent(stage)[0].split()[2]}sheim"
    async for event in await client.responses.create(model="m", input="Anna?", store=True, stream=True, **after):
        text += event.delta if event.type == "response.output_text.delta" else ""
    whole = " You said: Brief an Anna Schmidt. You said: Und an Annette?"
    left, glued, more = re.fullmatch(r"(.*) (\w+sheim)( You said: .*)", text).groups()
    assert (left, more) == (whole, " You said: Anna?")
    assert glued == f"{sent(stage)[0].split()[2]}sheim"  # no whole word


async def test_conversations_apart_may_share_a_surrogate_and_each_gets_its_own_people_back(answering):
    client, stage = answering
    begun = {name: await turns(client, [f"Brief an {name}."]) for name in WOMEN}
    assert len(set(sent(stage))) < len(WOMEN)
    for name, first in begun.items():
        reply = await client.responses.create(model="m", input="Und?", previous_response_id=first.id)
        assert reply.output_text == f" You said: Brief an {name}. You said: Und?"


async def test_numbers_of_several_turns_never_share_a_surrogate(answering):
    client, stage = answering
    values = [f"+46 8 123 45 {number:02d}" for number in range(40)]
    texts = [f"Ring {value}." for value in values]
    reply = await turns(client, [*texts, texts[3]])
    assert reply.output_text == "".join(f" You said: {text}" for text in [*texts, texts[3]])
    assert len(set(sent(stage))) == len(values)
    assert sent(stage)[3] == sent(stage)[-1]


async def test_dates_of_a_conversation_move_alike_whoever_is_its_subject(answering):
    client, stage = answering
    first = await turns(client, ["Termin 12.03.1984."], extra_headers={"x-compliance-subject": "one"})
    after = {"previous_response_id": first.id, "extra_headers": {"x-compliance-subject": "two"}}
    reply = await client.responses.create(model="m", input="Und 13.03.1984?", **after)
    assert reply.output_text == " You said: Termin 12.03.1984. You said: Und 13.03.1984?"
    days = [int(_DATE.search(text)[0][:2]) for text in sent(stage)]
    assert days[1] - days[0] in {1, -27, -28, -29, -30}


async def test_turns_with_tokens_between_change_nothing(answering):
    client, stage = answering
    first = await turns(client, ["Brief an Anna Schmidt."])
    stage.pdp.obligations = TOKENS
    second = await client.responses.create(model="m", input="Und Annette?", previous_response_id=first.id, store=True)
    stage.pdp.obligations = REAL
    third = await client.responses.create(model="m", input="Annas Brief.", previous_response_id=second.id)
    assert third.output_text == " You said: Brief an Anna Schmidt. You said: Und Annette? You said: Annas Brief."
    one, two, three = sent(stage)
    assert re.fullmatch(r"Und Name_\w+\?", two)
    assert three == f"{one.split()[2]}s Brief."


async def test_surrogates_are_the_same_where_nothing_is_restored(open_vault):
    kept = [each for each in REAL if each.type != "reidentify_response"]
    async with calling(await open_vault(), test_kept_responses.Provider(), kept) as (client, stage):
        await turns(client, ["Brief an Anna.", *(f"An {name}." for name in WOMEN), "Anna!"])
        first, *others, last = [re.search(r"(\w+)[.!]", text)[1] for text in sent(stage)]
        assert first == last
        assert len({first, *others}) == len(WOMEN) + 1


async def test_people_whom_parallel_turns_add_to_one_conversation_stay_apart(open_vault):
    async with calling(await open_vault(), test_kept_conversations.Provider()) as (client, stage):
        made = await client.conversations.create()
        said = {"model": "m", "conversation": made.id}
        await client.responses.create(input="Brief an Anna Schmidt.", **said)
        decided, decide, both = [], stage.pdp.decide, asyncio.Event()

        async def together(facts, exchange, now):
            decided.append(exchange)
            if facts.phase == "request":
                both.set() if len(decided) == 2 else await both.wait()
            return await decide(facts, exchange, now)

        stage.pdp.decide = together
        results = await asyncio.gather(
            client.responses.create(input="Und Annette.", **said),
            client.responses.create(input="Und Adele.", **said),
            return_exceptions=True,
        )
        stage.pdp.decide = decide
        [refused] = (each for each in results if isinstance(each, Exception))
        [answered] = (each for each in results if each is not refused)
        assert isinstance(refused, openai.ConflictError)
        assert (refused.code, refused.message.count("send it again")) == ("kept_changed", 1)
        assert len(sent(stage)) == 2
        left = "Adele" if "Annette" in answered.output_text else "Annette"
        reply = await client.responses.create(input=f"Und {left}.", **said)
        assert f"You said: Und {left}." in reply.output_text
        assert len({re.findall(r"\w+", text)[-1] for text in sent(stage)[1:]}) == 2
        listed = [each.content[0].text async for each in client.conversations.items.list(made.id)]
        assert listed[0] == "Brief an Anna Schmidt."
        assert {listed[2], listed[4]} == {"Und Annette.", "Und Adele."}


async def test_items_of_a_conversation_are_turns_too(open_vault):
    async with calling(await open_vault(), test_kept_conversations.Provider()) as (client, stage):
        said = test_kept_conversations.said
        made = await client.conversations.create(items=[said("Brief an Anna Schmidt.")])
        for name in WOMEN[:8]:
            await client.conversations.items.create(made.id, items=[said(f"Auch an {name}.")])
        reply = await client.responses.create(model="m", input="Annas Brief?", conversation=made.id)
        texts = ["Brief an Anna Schmidt.", *(f"Auch an {name}." for name in WOMEN[:8])]
        assert reply.output_text == f"{' '.join(texts)} You said: Annas Brief?"
        everything = [item["content"][0]["text"] for [items] in [stage.upstreams.items.values()] for item in items]
        anna = everything[0].split()[2]
        assert sent(stage) == [f"{anna}s Brief?"]
        assert len({anna, *(text.split()[-1].strip(".") for text in everything[1:9])}) == 9


async def test_a_turn_without_the_vault_stays(open_vault):
    vault = await open_vault()
    async with calling(vault, test_kept_responses.Provider()) as (client, stage):
        first = await turns(client, ["Brief an Anna Schmidt."])
        await vault.close()
        with pytest.raises(openai.InternalServerError) as failed:
            await client.responses.create(model="m", input="Anna?", previous_response_id=first.id)
        assert failed.value.status_code == 503
        assert len(stage.upstreams.seen) == 1


async def test_a_dry_run_of_a_later_turn_shows_the_same_surrogate(answering):
    client, stage = answering
    first = await turns(client, ["Brief an Anna Schmidt."])
    asked = await client.responses.with_raw_response.create(
        model="m", input="Annas Brief an Annette.", previous_response_id=first.id,
        extra_headers={"x-compliance-dry-run": "yes"},
    )  # fmt: skip
    shown = orjson.loads(asked.content)["outbound"]["body"]
    assert shown["previous_response_id"] == first.id
    assert shown["input"].startswith(f"{sent(stage)[0].split()[2]}s Brief an ")
    assert "Annette" not in shown["input"]
    assert len(stage.upstreams.seen) == 1


async def test_the_record_holds_no_value(open_vault):
    vault = await open_vault()
    async with calling(vault, test_kept_responses.Provider()) as (client, _):
        reply = await turns(client, ["Brief an Anna Schmidt, +46 8 123 45 67, 12.03.1984."])
        [entry] = (await vault.find("acme\x1fsupport\x1fcrm\x1f", [reply.id])).values()
        assert not re.search(r"Anna|Schmidt|4567|45 67|1984", entry)
