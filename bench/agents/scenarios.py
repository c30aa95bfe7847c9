"""What the programs are asked to do: the files of a working folder, the question, and the script of the model."""

from __future__ import annotations

import json
import shutil
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.agents.script import Step

_STDLIB = Path(sysconfig.get_paths()["stdlib"])
_ROOT = Path(__file__).parents[2]
_NOTES = "notes.md"
_PERSON = {
    "name": "Annegret Holzapfel",
    "first name": "Annegret",
    "family name": "Holzapfel",
    "mail": "annegret.holzapfel@web-post.de",
    "phone": "171 3920456",
    "iban": "DE97500105170648489890",
    "street": "Lindenstraße",
}
_HEALTH = {"illness": "type 2 diabetes", "medicine": "metformin"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """``files`` by name, ``planted`` what no third party may receive, ``code_only`` whether it contains no personal data."""

    name: str
    question: str
    files: Mapping[str, str]
    steps: Sequence[Step]
    planted: Mapping[str, str] = field(default_factory=dict)
    said: Sequence[str] = ()  # what the program has to show at the end
    code_only: bool = False
    special: bool = False  # policy keeps it in the region or refuses it
    tools: bool = False  # for programs that call tools alone

    def lay(self, folder: Path) -> None:
        """Write the files into an empty folder."""
        shutil.rmtree(folder, ignore_errors=True)
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)


def scenarios(turns: int) -> list[Scenario]:
    """Return all scenarios; ``turns`` is how many calls of tools the long one has."""
    return [_edit(), _code(), _person(), _health(), _long(turns)]


def _edit() -> Scenario:
    """Read, edit and run a small program, and say so."""
    files = {
        "shop/cart.py": _CART,
        "shop/__init__.py": "",
        "package.json": json.dumps({"name": "shop", "private": True}),
    }
    steps = [
        Step("read", "shop/cart.py"),
        Step("edit", "shop/cart.py", "    return round(sum(prices), 2)", old="    return sum(prices)"),
        Step("shell", text='python3 -c "from shop.cart import total; print(total([1.005, 2.339]))"'),
        Step("say", text="The total is rounded now."),
    ]
    return Scenario("edit", "Round the total in shop/cart.py to cents and run it.", files, steps, code_only=True)


_CART = '''"""The cart of a shop."""

import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass
class Item:
    """One line of the cart."""

    sku: str
    price: float
    disabled: bool = False

    @property
    def visible(self):
        return not self.disabled


def total(prices):
    """Return the sum of the prices."""
    log.debug("adding %d prices", len(prices))
    return sum(prices)
'''


def _code() -> Scenario:
    """Read real modules, queries and tables, and list them: nobody is in any of it."""
    names = ("zipfile.py", "ipaddress.py", "argparse.py", "http/cookiejar.py")
    files = {f"src/{Path(name).name}": (_STDLIB / name).read_text() for name in names}
    migration = min((_ROOT / "migrations").glob("0001*.sql"))
    files["src/schema.sql"] = migration.read_text()
    files["src/package.json"] = json.dumps(
        {"name": "warehouse", "scripts": {"build": "tsc -p .", "test": "vitest run"}, "private": True}, indent=2
    )
    listing = Step("shell", text="git status --short; git log --oneline | head -3; ls src; wc -l src/*")
    steps = [*(Step("read", name) for name in files), listing, Step("say", text="All files were read.")]
    question = "Read the files under src and tell me whether they have bugs."
    return Scenario("code", question, files, steps, code_only=True)


def _order(number: int) -> str:
    return f"Order: {number} x desk lamp, delivered on time"


def _notes(extra: str = "") -> str:
    return (
        f"# Customer notes\n\nCustomer: {_PERSON['name']}\nE-mail: {_PERSON['mail']}\nPhone: +49 {_PERSON['phone']}\n"
        f"IBAN: {_PERSON['iban']}\nAddress: {_PERSON['street']} 14, 50674 Köln\n"
        f"{_order(3)}\n{extra}"
    )


_QUESTION = (
    "Read notes.md. Mark the customer's e-mail as checked there, verify with grep, and tell me who the customer is."
)
_CHECK = [
    Step("read", _NOTES),
    Step("edit", _NOTES, "E-mail: {mail} (checked for {name})", old="E-mail: {mail}"),
    Step("shell", text="grep -c '{mail}' notes.md && grep -n '{iban}' notes.md && grep -n '{name}' notes.md"),
    Step("say", text="The customer is {name}, {mail}, {phone}, {iban}."),
]


def _person() -> Scenario:
    return Scenario("person", _QUESTION, {_NOTES: _notes()}, _CHECK, _PERSON, (_PERSON["name"], _PERSON["mail"]))


def _health() -> Scenario:
    notes = _notes("Health: has type 2 diabetes and takes metformin since 2019\n")
    return Scenario("health", _QUESTION, {_NOTES: notes}, _CHECK, _PERSON | _HEALTH, special=True)


def _long(turns: int) -> Scenario:
    """Read a person's notes, then work for many turns."""
    files = {_NOTES: _notes(), "src/ipaddress.py": (_STDLIB / "ipaddress.py").read_text()}
    work = [
        Step("shell", text=f"sed -n {20 * number + 1},{20 * number + 20}p src/ipaddress.py")
        if number % 5
        else Step("edit", _NOTES, _order(number + 3), old=_order(max(number - 2, 3)))
        for number in range(turns - 1)
    ]
    steps = [Step("read", _NOTES), *work, Step("say", text="Done; the customer is {name}.")]
    return Scenario(
        "long", "Read notes.md, then go through src.", files, steps, _PERSON, (_PERSON["name"],), tools=True
    )
