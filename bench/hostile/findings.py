"""Requests that got something out which policy said must stay, each with kin of its own class."""

# ruff: noqa: RUF001 - other scripts are what is tried
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.hostile.rows import Found, judged, row
from bench.hostile.stand import Answer, Stand, messages
from bench.leaks.judge import Received
from bench.leaks.people import Value

_THIRD = ("standin", "third", "evil")


def _call(name: str, arguments: Any, result: Any) -> list[dict[str, Any]]:
    """Return a history with one call and its result."""
    call = {"id": "call_a1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    return [{"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_a1", "content": json.dumps(result)}]  # fmt: skip


async def _arrived(
    stand: Stand, caller: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> tuple[Answer, list[str]]:
    """Ask; return the answer and the bodies that third parties received."""
    since = await stand.count()
    answer = await stand.chat(caller, {"model": "say", **body}, headers)
    return answer, [one["body"] for one in await stand.received(since) if one["target"].startswith(_THIRD)]


async def _leaks(stand: Stand, caller: str, cases: Sequence[tuple[str, Mapping[str, Any], Sequence[str]]]) -> Found:
    """Send bodies; none of a body's values may be in what a third party receives."""
    faults, sent = [], 0
    for name, body, values in cases:
        sent += 1
        _, got = await _arrived(stand, caller, body)
        held = [one for one in values for text in got if Received(text).holds(Value("", one, (one,)))]
        faults += [f"{name}: {', '.join(dict.fromkeys(held))}"] if held else []
    return judged(faults, f"{sent} requests, nothing of it at a third party", sent=sent)


_FOREIGN = {
    "Finnish": ("Potilaalla on rintasyöpä ja sokeritauti, hoito aloitetaan ensi viikolla.", "rintasyöpä"),
    "Swedish": ("Patienten har bröstcancer och sockersjuka och behandlas från nästa vecka.", "sockersjuka"),
    "Turkish": ("Hastada meme kanseri ve şeker hastalığı var, Öztürk tedaviye haftaya başlayacak.", "kanseri"),
    "Hungarian": ("A betegnek mellrákja és cukorbetegsége van, a kezelés jövő héten kezdődik.", "mellrákja"),
    "Czech": ("Pacientka má rakovinu prsu a cukrovku, léčba začne příští týden.", "cukrovku"),
    "Russian": ("У пациентки рак молочной железы и сахарный диабет, лечение начнётся через неделю.", "диабет"),
    "Greek": ("Η ασθενής έχει καρκίνο του μαστού και διαβήτη, η θεραπεία αρχίζει την άλλη εβδομάδα.", "διαβήτη"),
    "Swahili": ("Mgonjwa ana saratani ya matiti na kisukari, matibabu yataanza wiki ijayo.", "kisukari"),
}
_WRAPS = (
    "Please translate the following mail for me into English and keep the tone of it as it is: {} Thank you very much for that.",
    "Please translate the following mail for me.\n\n{}\n\nThank you very much, and keep it as short as you can.",
    "The report of the week is as follows and it should be put into the file that we keep for it. {} That is all there is to say.",
)


@row("wrapped languages", "sentences about health in languages that are not read, with English before and after", group="findings",
     must="each sentence is judged: partial, so it stays in the region")  # fmt: skip
async def wrapped(stand: Stand) -> Found:
    """Eight languages, three ways to wrap."""
    cases = [(f"{language}, wrap {number}", {"messages": messages(wrap.format(text))}, (word,))
             for language, (text, word) in _FOREIGN.items() for number, wrap in enumerate(_WRAPS, 1)]  # fmt: skip
    return await _leaks(stand, "sales", cases)


_ADDED: Mapping[str, tuple[str, dict[str, str]]] = {
    "an SSN": (" Her SSN is 536-22-8145.", {}),
    "a PESEL": (" PESEL 44051401359.", {}),
    "a German tax number": (" Steuer-ID 86095742719.", {}),
    "a French address": (" She lives at 12 rue des Mésanges, 69003 Lyon.", {}),
    "region AQ": ("", {"x-compliance-subject-regions": "AQ"}),
    "region XX": ("", {"x-compliance-subject-regions": "XX"}),
    "region FR": ("", {"x-compliance-subject-regions": "FR"}),
    "minor: no": ("", {"x-compliance-minor": "no"}),
}


@row("added regions", "to a request about somebody of unknown region, an identifier or a region code is added", group="findings",
     must="adding never newly permits a third party, save what the key is bound to declare")  # fmt: skip
async def added(stand: Stand) -> Found:
    """First alone, then with each addition."""
    text = "Thank Anna Schmidt (anna.schmidt@lettermail.org) for her order."
    _, alone = await _arrived(stand, "unknown", {"messages": messages(text)})
    if alone:
        return Found(False, "a third party receives it already without an addition")
    faults = []
    for name, (more, headers) in _ADDED.items():
        _, got = await _arrived(stand, "unknown", {"messages": messages(text + more)}, headers)
        faults += [f"{name} opens a third party"] if got else []
    return judged(faults, f"{len(_ADDED)} additions, none opens a third party", tried=len(_ADDED))


_EVIL = "http://127.0.0.1:9/evil"
_UNKNOWN: Mapping[str, Any] = {
    "models": ["other/model"], "provider": {"order": ["other"]}, "api_base": _EVIL, "base_url": _EVIL, "fallbacks": ["other"],
    "data_sources": [{"type": "azure_search", "parameters": {"endpoint": _EVIL}}], "web_search_options": {}, "background": True,
    "previous_response_id": "resp_1", "conversation": "conv_1", "tools": [{"type": "mcp", "server_label": "x", "server_url": _EVIL}],
    "plugins": [{"id": "web"}], "route": "fallback", "transforms": ["middle-out"], "extra_body": {"a": 1}, "extra_headers": {"x": "y"},
    "api_key": "sk-other", "webhook": _EVIL, "callback_url": _EVIL, "proxy": _EVIL, "custom_llm_provider": "other", "num_retries": 9,
    "mcp_servers": [{"url": _EVIL}], "container": "c", "include": ["web_search_call.action.sources"], "prompt": {"id": "pmpt_1"},
}  # fmt: skip


@row("unknown keys", "body keys and tool types that choose another recipient, a store or a search", group="findings",
     must="an allow-list per dialect: the rest refused, or declared in the catalog")  # fmt: skip
async def unknown(stand: Stand) -> Found:
    """Each key in a request that holds nothing personal, in several depths."""
    faults, refused = [], 0
    for key, value in _UNKNOWN.items():
        answer, got = await _arrived(stand, "sales", {"messages": messages("Name a bridge."), key: value})
        refused += answer.status in {400, 403, 451}
        faults += [key] if any(f'"{key}"' in one and (key != "tools" or "mcp" in one) for one in got) else []
    return judged(
        [f"passed on: {', '.join(faults)}"] if faults else [],
        f"{refused} of {len(_UNKNOWN)} refused, none passed on",
        refused=refused,
    )


@row("numbers", "a PIN, a CVV, a code in words beside the same as a JSON number, in lists, nested and as a float", group="findings",
     must="short numbers are under spread and the residual check")  # fmt: skip
async def numbers(stand: Stand) -> Found:
    """The value in a sentence and as a number elsewhere."""
    cases = []
    for said, value in (
        ("My card PIN is {}.", "482913"),
        ("My card PIN is {}.", "4829"),
        ("The CVV of the card is {}.", "937"),
    ):
        for name, argument in (("value", {"value": int(value)}), ("list", {"rows": [[1, int(value)]]}), ("nested", {"a": {"b": {"n": int(value)}}}),
                               ("float", {"value": float(value)}), ("key", {value: True}), ("text", {"value": f"x{value}x {value}"})):  # fmt: skip
            body = {"messages": [*messages(said.format(value)), *_call("set", argument, {"ok": int(value)})]}
            cases.append((f"{value} as {name}", body, (value,)))
    return await _leaks(stand, "sales", cases)


@row("unreadable text", "health text that is refused without a condition of Art. 9, with something unreadable added", group="findings",
     must="still refused: exempt only where nothing special was read")  # fmt: skip
async def unreadable(stand: Stand) -> Found:
    """As an activity without a condition."""
    text = "Anna Schmidt (anna.schmidt@lettermail.org) has type 2 diabetes and takes metformin."
    alone = await stand.ask("hiring", text)
    if alone.status != 403:
        return Found(False, f"health text of such an activity is answered {alone}")
    faults = []
    for more in (
        _FOREIGN["Russian"][0],
        _FOREIGN["Finnish"][0],
        "QmluYXJ5IGJsb2IgdGhhdCBub2JvZHkgcmVhZHMgYXQgYWxs//79/A==",
    ):
        answer = await stand.ask("hiring", f"{text} {more}")
        faults += [f"with {more[:12]}...: {answer}"] if answer.status == 200 else []
    return judged(faults, f"refused all the same ({alone.code})")


_NAMED = "Please thank Jörg Müller-Lüdecke for his order. "


@row("paths and slugs", "a name that is replaced where it stands in plain, in paths, slugs, links, HTML, camel case", group="findings",
     must="replaced, or stays in the region: the whole name in every joint")  # fmt: skip
async def slugs(stand: Stand) -> Found:
    """One way each."""
    ways = ("/files/cv_joerg_mueller_luedecke.pdf", "/files/cv_jorg_muller_ludecke.pdf", "https://social.example/in/joerg-mueller-luedecke-4711",
            "M&uuml;ller-L&uuml;decke, J&ouml;rg", "J&#246;rg M&#xfc;ller-L&#xfc;decke", "JörgMüllerLüdecke", "jorgMullerLudecke.java",
            "JOERG.MUELLER-LUEDECKE", "?name=J%C3%B6rg+M%C3%BCller-L%C3%BCdecke", "#MuellerLuedecke", "mueller_luedecke_joerg.csv",
            "C:\\Users\\JMueller-Luedecke\\Desktop")  # fmt: skip
    values = (
        "Lüdecke",
        "Ludecke",
        "Luedecke",
        "luedecke",
        "MüllerLüdecke",
        "MullerLudecke",
        "MuellerLuedecke",
        "MUELLER-LUEDECKE",
    )
    cases = [(way, {"messages": messages(f"{_NAMED}See {way} please.")}, values) for way in ways]
    found = await _leaks(stand, "sales", cases)
    also = []
    for way in ways:  # joined words are not words of their own: look for the letters
        _, got = await _arrived(stand, "sales", {"messages": messages(f"{_NAMED}See {way} again.")})
        also += [
            way
            for text in got
            if any(
                one in text.lower()
                for one in ("ludecke", "luedecke", "lüdecke", "l&uuml;decke", "l%c3%bcdecke", "l&#xfc;decke")
            )
        ]
    return judged(
        [f"{len(set(also))} of {len(ways)}: {', '.join(dict.fromkeys(also))}"] if also else [],
        found.said,
        tried=len(ways),
    )


@row("places", "where somebody lives, as numbers in pairs: GeoJSON, latitude and longitude, arrays", group="findings",
     must="a pair under one list is read as one text")  # fmt: skip
async def places(stand: Stand) -> Found:
    """In arguments of a call, beside a name."""
    shapes: Mapping[str, Any] = {
        "GeoJSON": {"type": "Point", "coordinates": [7.465298, 51.513587]},
        "fields": {"lat": 51.513587, "lon": 7.465298}, "long names": {"latitude": 51.513587, "longitude": 7.465298},
        "line": {"type": "LineString", "coordinates": [[7.465298, 51.513587], [7.466298, 51.514587]]},
        "array": {"home": [51.513587, 7.465298]}, "text": {"home": "51.513587, 7.465298"},
    }  # fmt: skip
    cases = [(name, {"messages": [*messages("Anna Schmidt lives here."), *_call("pin", {"home": shape}, {"ok": True})]}, ("51.513587",))
             for name, shape in shapes.items()]  # fmt: skip
    return await _leaks(stand, "sales", cases)


@row("card separators", "a card number with newline, tab, thin and double spaces, underscores, commas, slashes, dots, dashes",
     group="findings", must="found and masked whatever stands between the groups")  # fmt: skip
async def separators(stand: Stand) -> Found:
    """One each."""
    groups = ("4111", "1111", "1111", "1111")
    cases = [(repr(joint), {"messages": messages(f"She paid with the card {joint.join(groups)} in May.")}, ("4111111111111111",))
             for joint in ("\n", "\t", "\u2009", "  ", "\u00a0", "_", ", ", ",", "/", "·", "--", ".", " - ", "\u2013", "\u202f", "|")]  # fmt: skip
    return await _leaks(stand, "sales", cases)


@row("restored JSON", "values with quotes, backslashes and line ends come back inside arguments, arrays, fences and nested JSON",
     group="findings", must="restoration never breaks JSON and adds no member")  # fmt: skip
async def restored(stand: Stand) -> Found:
    """Let a target wrap a pseudonym that stands for a hostile value, whole and streamed."""
    values = ('Anna "Admin" Schmidt', "Anna\\Schmidt", 'x","admin":true,"y":"Schmidt')
    faults = []
    since = await stand.count()
    await stand.ask(
        "sales", 'Please thank Henrike O\'Vogelsang-"Hansen" at 12 "Old" Merrowdown Lane, Bristol BS8 4QZ.', "third-say"
    )
    got = "".join(one["body"] for one in await stand.received(since))
    if not got:
        return Found(False, "nothing was forwarded: the row shows nothing")
    wraps = ('{"to": "%s"}', '["%s", 1]', '```json\n{"to": "%s"}\n```', 'Here: {"to": "%s"}')
    for value in values:
        text = f"The customer is called {value} (mail anna.schmidt@lettermail.org)."
        for wrap in wraps:
            for extra in ({}, {"stream": True}):
                answer = await stand.ask(
                    "sales", f"{text} Answer with {wrap % 'anna.schmidt@lettermail.org'}", "third-say", **extra
                )
                faults += (
                    [f"{wrap[:10]}...: the value is lost"]
                    if answer.status == 200 and "anna.schmidt@lettermail.org" not in answer.text
                    else []
                )
        body = {
            "messages": messages(text),
            "tools": [{"type": "function", "function": {"name": "note", "parameters": {"type": "object"}}}],
        }
        for extra in ({}, {"stream": True}):
            answer = await stand.chat("sales", {"model": "third-say-call", **body, **extra})
            try:
                arguments = json.loads(answer.text)
                faults += ["a member was added"] if set(arguments) != {"text"} else []
            except ValueError:
                faults.append("arguments are not JSON")
    return judged(list(dict.fromkeys(faults)), "JSON stays JSON, nothing added")


@row("header permissions", "headers that would lower protection: minor: no for a children's service, labels, odd regions", group="findings",
     must="honoured only for keys that are bound to them")  # fmt: skip
async def lowered(stand: Stand) -> Found:
    """A text about a child, with and without the header."""
    text = "Ben, who is nine years old and lives with Anna Schmidt (anna.schmidt@lettermail.org), broke the window."
    _, before = await _arrived(stand, "sales", {"messages": messages(text)}, {"x-compliance-minor": "yes"})
    faults = ["a minor's data reaches a third party"] if before else []
    for name, headers in (
        ("minor twice", {"x-compliance-minor": "yes, no"}),
        ("odd minor", {"x-compliance-minor": "NO!"}),
    ):
        answer, got = await _arrived(stand, "sales", {"messages": messages(text)}, headers)
        faults += [f"{name}: {answer}"] if got or answer.status == 200 else []
    return judged(faults, "no header lowers protection")
