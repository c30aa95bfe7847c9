"""The diagrams of the documentation. What the code says (orders, states, tables, results) is read from the code."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping

from docs import charts, layers
from docs.drawing import LINE, Drawing, width_of
from proxy.core import statuses
from proxy.core.deidentification import transform
from proxy.core.deidentification.pseudonyms import Minter
from proxy.core.findings import Finding, SegmentFindings
from proxy.core.obligations import TABLE, Phase
from proxy.core.records import Obligation, Operation, Payload, TextSpan
from proxy.core.replies.restore import Restorer
from proxy.exchange.pipeline import Pipeline

#: The calls of the request path: the name of each step, what it does, and how else it can end.
STEPS: Mapping[str, tuple[str, str, str]] = {
    "inspect": ("read", "decode the body; find entities in every text", "not read in time: 413, 429"),
    "_counted": ("count", "US persons, where 28 CFR 202 is in question", ""),
    "decide": ("decide, enforce", "ask policy; transform; search what would leave", "no target permitted: 403"),
    "_record_ruling": ("scan again", "a value was left: ask policy again, with the count", "no target permitted: 403"),
    "_explain": ("dry run", "one that asks for it ends here", "an explanation: 200"),
    "refused": ("notices", "of a refusal, where policy has some; it ends here", "refused: 403"),
    "carry_out": ("obligations", "notices, oversight items, use of a grant", "cannot be carried out: 403"),
    "keep_pseudonyms": ("vault", "keep new pseudonyms, encrypted", "unavailable: 503"),
    "look_up": ("cache", "where policy permits it, a kept reply may answer instead", "judged, delivered"),
    "intend": ("intend", "commit decision and attempt", "not durable: 503"),
    "run": ("deliver", "send; judge and guard the reply; restore originals", "refused reply: 403"),
    "_next_attempt": ("fallback", "mark the target as down; ask policy again", "none left: 502, 503, 504"),
    "keep": ("keep", "the reply, sealed, for equal requests", ""),
    "_mirror": ("mirror", "copy to a second target, once the caller has the reply", ""),
}
#: Calls of the request path that only prepare a step.
PREPARING = {"_admitted", "_enforcement", "_send", "_attempt", "_unmet", "_repeat"}
#: The steps that arrows lead from or to.
_ARROWS = ("carry_out", "run", "_next_attempt", "keep", "_mirror")


def steps() -> list[str]:
    """Return the calls of the request path that are steps, in order.

    Raises:
        ValueError: there is one that this module does not know.

    """
    path = (Pipeline._serve, Pipeline._attempt, Pipeline._send, Pipeline._repeat)  # noqa: SLF001 - the path itself
    tree = ast.parse("".join(textwrap.dedent(inspect.getsource(part)) for part in path))
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)]
    named = [one.func.attr for one in sorted(calls, key=lambda one: (one.end_lineno, one.end_col_offset))]
    own = {one.func.attr for one in calls if ast.unparse(one.func.value) == "self"}
    if unknown := own - set(STEPS) - PREPARING:
        raise ValueError(f"steps of the request path that docs/diagrams.py does not know: {sorted(unknown)}")
    return [name for name in named if name in STEPS]


def request_path() -> str:
    """Draw the order of the request path."""
    drawing = Drawing("The steps of a request, in order, and how else each can end")
    found = steps()
    boxes = {}
    for number, name in enumerate(found):
        title, does, other = STEPS[name]
        kind = "durable" if name in {"intend", "keep_pseudonyms"} else "ours"
        y = 12 + number * 46
        made = drawing.box(60, y, [title], kind, width=140)
        boxes.setdefault(name, made)
        drawing.text(216, y + 21, does, "small")
        if other:
            drawing.arrow((560, y + 16), (592, y + 16))
            drawing.text(600, y + 21, other, "small")
        if number and name not in {"keep", "_mirror"}:
            drawing.arrow((130, y - 14), (130, y), kind="dashed" if name == "_next_attempt" else "")
    obligations, deliver, fallback, keep, mirror = (boxes[name].left for name in _ARROWS)
    drawing.arrow(fallback, (24, fallback[1]), (24, obligations[1]), obligations, kind="dashed")
    drawing.arrow(deliver, (42, deliver[1]), (42, keep[1]), keep)
    drawing.arrow((42, keep[1]), (42, mirror[1]), mirror)
    drawing.text(12, mirror[1] + 46, "green: durable before the next step; dashed: a target failed", "small")
    return drawing.svg()


def ends(record: type) -> list[str]:
    """Return how exchanges or attempts end, as the record's source says."""
    found = re.search(r"^ +ended: str +# ([\w |]+)$", inspect.getsource(record), re.MULTILINE)
    return found[1].split(" | ") if found else []


#: What each end of an exchange means, and the records that it leaves.
ENDS: Mapping[str, tuple[str, str]] = {
    "delivered": ("the caller got the reply", "sent"),
    "failed": ("no target answered, or a fault", "either"),
    "client_gone": ("the caller left", "either"),
    "cut": ("a stream was cut", "sent"),
    "abandoned": ("the process died; another one wrote this", "sent"),
    "dropped": ("a copy for a mirror", "sent"),
    "denied": ("policy refused", "either"),
    "dry_run": ("nothing was to leave", "unsent"),
}


_WHEN = {"sent": "after an attempt", "unsent": "without one", "either": "either way"}


def records() -> str:
    """Draw which records an exchange leaves, and how it ends."""
    drawing = Drawing("The records of an exchange: a decision, an attempt for each call, one outcome")
    if set(ends(statuses.Outcome)) != set(ENDS):
        raise ValueError(f"exchanges end in ways that docs/diagrams.py does not know: {ends(statuses.Outcome)}")
    request = drawing.box(12, 120, ["request"], width=90)
    decision = drawing.box(150, 110, ["decision", "one"], "durable", width=120, height=52)
    attempt = drawing.box(330, 40, ["attempt", "one for each call"], "durable", width=150, height=52)
    outcome = drawing.box(640, 110, ["outcome", "one"], "durable", width=120, height=52)
    drawing.arrow(request.right, decision.left)
    drawing.arrow((decision.x + 60, decision.y), (decision.x + 60, 66), attempt.left)
    drawing.text(196, 58, "permitted", "small", "end")
    drawing.arrow((420, 40), (420, 16), (380, 16), (380, 40), kind="dashed")
    drawing.text(430, 22, "another target, policy asked again", "small")
    drawing.arrow(attempt.right, (700, 66), (700, 110))
    drawing.text(500, 58, "bytes leave", "small")
    drawing.arrow(decision.right, outcome.left)
    drawing.text(330, 130, "refused, failed or a dry run: nothing left", "small")
    y = 200
    for name in ends(statuses.Outcome):
        what, when = ENDS[name]
        drawing.text(150, y, name, "strong mono")
        drawing.text(270, y, what, "small")
        drawing.text(
            600, y, {"sent": "after an attempt", "unsent": "without one", "either": "either way"}[when], "small"
        )
        y += LINE + 4
    return drawing.svg()


#: The phases of obligations in the order in which they come.
PHASES = (Phase.BEFORE, Phase.ALONGSIDE, Phase.RECORD, Phase.FALLBACK, Phase.REPLY, Phase.NEVER)


def obligations() -> str:
    """Draw the types of obligation by phase."""
    drawing = Drawing("The types of obligation, by the phase in which they are carried out")
    x = 12.0
    before = None
    for phase in PHASES:
        names = [one.type + (" ↩" if one.on_reply else "") for one in TABLE if one.phase is phase]
        width = width_of([phase.value, *names])
        kind = "refused" if phase is Phase.NEVER else "ours"
        drawing.rectangle(x, 56, width, 14 + len(names) * (LINE + 4), "band")
        head = drawing.box(x, 12, [phase.value], kind, width=width)
        if before is not None and phase is not Phase.NEVER:
            drawing.arrow(before, head.left)
        before = head.right
        for number, name in enumerate(names):
            drawing.text(x + width / 2, 78 + number * (LINE + 4), name, "mono", "middle")
        x += width + 26
    deepest = max(sum(one.phase is phase for one in TABLE) for phase in PHASES)
    drawing.text(12, 56 + 14 + deepest * (LINE + 4) + 26, "↩ carried out on a reply too", "small")
    return drawing.svg()


#: Texts of a request, the first with a finding; what is found in it stands in the others too.
TEXTS = ("Thank Maria Schmidt", "cv_maria_schmidt.pdf", "Schmidt, Maria: paid")
FOUND = "Maria Schmidt"


def changed() -> tuple[str, ...]:
    """Return the texts as the transform leaves them, with the codes of their pseudonyms cut to a letter."""
    spans = tuple(TextSpan(f"/{number}", f"{number}", text) for number, text in enumerate(TEXTS))
    start = TEXTS[0].index(FOUND)
    findings = [Finding("PERSON", start, start + len(FOUND), 1.0, "")]
    minter = Minter(bytes(32))
    made = transform.transform(
        Payload({}, Operation.CHAT, "", stream=False, stateful=False, tools=False, spans=spans),
        [SegmentFindings(tuple(findings)), SegmentFindings(()), SegmentFindings(())],
        [Obligation("", "pseudonymize", entities=("PERSON",))],
        minter,
        {"PERSON": "direct"},
    )
    codes = dict.fromkeys(code.upper() for one in minter.minted for code in one.split("_")[1:])
    short = {code: chr(ord("A") + number) for number, code in enumerate(codes)}
    texts = [made.texts.get(number, text) for number, text in enumerate(TEXTS)]
    return tuple(
        re.sub("|".join(short), lambda code: _cased(short[code[0].upper()], code[0]), text, flags=re.IGNORECASE)
        for text in texts
    )


def _cased(letter: str, like: str) -> str:
    return letter.lower() if like.islower() else letter


def spread() -> str:
    """Draw how a finding in one text changes every text that leaves."""
    drawing = Drawing(
        "One finding is enough: edit where it was found, spread to everything else, scan what would leave"
    )
    after = changed()
    columns = (
        ("found in the first text", TEXTS, "box"),
        ("edit", (after[0], *TEXTS[1:]), "ours"),
        ("spread", after, "ours"),
        ("scan", ("removed values: 0 hits", "patterns: 0 hits", "so it may leave"), "durable"),
    )
    x, before = 12.0, None
    for title, lines, kind in columns:
        made = drawing.box(x, 12, [title, *lines], kind, height=96)
        if before is not None:
            drawing.arrow(before, made.left)
        before = made.right
        x += made.width + 34
    ask = drawing.box(made.x, 150, ["a hit", "policy is asked again"], "refused", width=made.width)
    drawing.arrow(made.bottom, ask.top, kind="dashed")
    return drawing.svg()


#: A reply in pieces, for the drawing of a restored stream, and what its pseudonym stands for.
PIECES = ("Dear Name", "_KQT", "MXBZRWD, th", "ank you")
PSEUDONYMS = {"Name_KQTMXBZRWD": "Anna"}


def restored() -> Iterator[tuple[str, str, str]]:
    """Yield for each piece what came in, what went out and what is held back, as the restorer does it."""
    restorer = Restorer(PSEUDONYMS)
    arrived = left = ""
    for piece in PIECES:
        out = restorer.feed(piece)
        arrived, left = arrived + piece, left + out
        yield piece, out, Restorer(PSEUDONYMS).whole(arrived).removeprefix(left)


def restore() -> str:
    """Draw a stream that is restored piece by piece."""
    drawing = Drawing("A pseudonym cut over three pieces of a stream: what goes out, and what is held back")
    columns = (12, 200, 400)
    for x, head in zip(columns, ("arrives", "goes out", "is held back"), strict=True):
        drawing.text(x, 26, head, "strong")
    for number, row in enumerate(restored()):
        y = 40 + number * 42
        for x, text, kind in zip(columns, row, ("box", "durable", "ours"), strict=True):
            if text:
                drawing.box(x, y, [f"“{text}”"], kind, width=150)
        drawing.arrow((166, y + 16), (196, y + 16))
    return drawing.svg()


def audit() -> str:
    """Draw how records, seals, the log of seals, notes and anchors stand on each other."""
    drawing = Drawing(
        "Records form a chain; batches are sealed; seals are leaves of a log; notes of the log are anchored"
    )
    drawing.text(12, 30, "chain of one process", "small")
    before = None
    x = 12.0
    for number, name in enumerate(("writer_started", "decision", "attempt", "outcome", "decision"), 1):
        made = drawing.box(x, 40, [name, f"#{number}"], "ours", width=128, height=48)
        if before is not None:
            drawing.arrow(made.left, before)
        before, x = made.right, x + 156
    drawing.text(12, 122, "seals: the process's signature over a batch", "small")
    first = drawing.box(12, 132, ["seal", "records 1 to 3"], width=440, height=48)
    second = drawing.box(480, 132, ["seal", "records 4 to 5"], width=284, height=48)
    drawing.text(12, 214, "log of seals, of all processes:", "small")
    drawing.text(250, 214, "a Merkle tree that only grows", "small")
    drawing.box(12, 224, ["leaf 1 | leaf 2 | leaf 3 | …", "RFC 6962"], width=752, height=48)
    drawing.arrow(first.bottom, (first.bottom[0], 224))
    drawing.arrow(second.bottom, (second.bottom[0], 224))
    note = drawing.box(
        12, 306, ["note", "size and root, signed by the audit signing key"], "ours", width=384, height=48
    )
    drawing.arrow((204, 274), (204, 306))
    anchor = drawing.box(566, 306, ["anchor", "outside the database"], "durable", width=198, height=48)
    drawing.arrow(note.right, anchor.left)
    return drawing.svg()


def combining() -> str:
    """Draw how the answers of rules become one decision."""
    drawing = Drawing("From the answers of rules to one decision: gates, denials, waivers, obligations, rank")
    gates = drawing.box(12, 12, ["gates", "any that applies refuses"], height=52)
    denials = drawing.box(gates.right[0] + 40, 12, ["denials, per target", "union: one is enough"], "ours", height=52)
    waivers = drawing.box(denials.right[0] + 40, 12, ["waivers", "of waivable codes"], "ours", height=52)
    permitted = drawing.box(
        waivers.right[0] + 40, 12, ["permitted targets", "those without a denial"], "durable", height=52
    )
    refused = drawing.box(gates.x, 110, ["refused", "with every reason"], "refused", width=gates.width)
    obliged = drawing.box(denials.x, 110, ["obligations", "union; the strictest"], "ours", height=52)
    rank = drawing.box(waivers.x, 110, ["order", "rank, then routing"], "ours", width=waivers.width, height=52)
    decision = drawing.box(permitted.x, 110, ["one decision", "verdict for each target"], "durable", height=52)
    for one, other in ((gates, denials), (denials, waivers), (waivers, permitted), (obliged, rank), (rank, decision)):
        drawing.arrow(one.right, other.left)
    drawing.arrow(gates.bottom, refused.top, kind="dashed")
    middle = permitted.bottom[0], 87
    drawing.arrow(permitted.bottom, middle, (obliged.top[0], 87), obliged.top)
    return drawing.svg()


def reading() -> str:
    """Draw the way of a text through detection."""
    drawing = Drawing(
        "The way of a text: from the cache, by patterns alone, or through a worker; then one set of findings"
    )
    cache = drawing.box(12, 50, ["cache", "seen before?"], height=52)
    plain = drawing.box(cache.right[0] + 40, 50, ["plain?", "numbers, words", "of the format"], height=70)
    worker = drawing.box(plain.right[0] + 40, 21, ["worker process", *_IN_A_WORKER], "ours", height=128)
    patterns = drawing.box(plain.right[0] + 40, 164, ["pattern tier alone"], "ours", width=worker.width)
    merged = drawing.box(
        worker.right[0] + 40, 50, ["one set", "overlaps resolved", "roles assigned"], "ours", height=70
    )
    lists = drawing.box(merged.right[0] + 40, 50, ["lists", "allowed, denied"], "ours", height=70)
    borders = drawing.box(lists.right[0] + 40, 50, ["borders", "across texts"], "ours", height=70)
    found = drawing.box(borders.right[0] + 40, 50, ["findings", "and a status"], "durable", height=70)
    for one, other in ((cache, plain), (merged, lists), (lists, borders), (borders, found)):
        drawing.arrow(one.right, (other.x, one.right[1]))
    drawing.arrow(plain.right, worker.left)
    drawing.arrow(plain.bottom, (plain.bottom[0], patterns.left[1]), patterns.left)
    drawing.arrow(worker.right, merged.left)
    drawing.arrow(patterns.right, (merged.bottom[0], patterns.right[1]), merged.bottom)
    drawing.arrow(cache.top, (cache.top[0], 8), (borders.top[0], 8), borders.top, kind="dashed")
    return drawing.svg()


_IN_A_WORKER = (
    "decode, up to eight times",
    "tell the language",
    "patterns, classifier, spaCy",
    "rules: people, doubts,",
    "content, secrets",
)

DIAGRAMS: Mapping[str, Callable[[], str]] = {
    "layers.svg": layers.drawing,
    "cost.svg": charts.cost,
    "saturation.svg": charts.saturation,
    "detection.svg": charts.detection,
    "request-path.svg": request_path,
    "records.svg": records,
    "obligations.svg": obligations,
    "transform.svg": spread,
    "restore.svg": restore,
    "audit.svg": audit,
    "combining.svg": combining,
    "reading.svg": reading,
}
