"""Every place of a request in which a person's values can stand, as a body of the chat API."""
# ruff: noqa: ARG001 - every place has one signature

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import yaml

from bench.leaks.people import Person, Value, plain
from bench.leaks.phrases import AROUND, FIELD, NAME

Body = dict[str, Any]
Made = tuple[Body, list[Value]]
_RECORD = ("name", "email", "phone", "address", "dob", "iban", "username", "ip")


def user(text: str) -> Body:
    """Return a body with one message."""
    return {"messages": [{"role": "user", "content": text}]}


def _record(who: Person, fields: tuple[str, ...] = _RECORD) -> tuple[dict[str, str], list[Value]]:
    return {name: who.fields[name].text for name in fields}, [who.fields[name] for name in fields]


def _said(who: Person, kind: str) -> str:
    return FIELD[who.language][kind].replace("@", who.full).replace("%", who.fields[kind].text)


def prose(who: Person, own: random.Random) -> Made:
    """Three sentences."""
    kinds = own.sample(("email", "phone", "address", "dob", "iban"), 2)
    sentences = [own.choice(NAME[who.language]).replace("%", who.full), *(_said(who, kind) for kind in kinds)]
    return user(" ".join(sentences)), [who.fields["name"], *(who.fields[kind] for kind in kinds)]


def mail(who: Person, own: random.Random) -> Made:
    """A forwarded mail with head and signature."""
    record, plants = _record(who, ("name", "email", "phone", "address"))
    text = (
        f"From: {record['name']} <{record['email']}>\nTo: support@acme.example\nSubject: Re: order 20931\n"
        f"Date: Tue, 3 Mar 2026 09:12:44 +0100\n\n> On Monday you wrote:\n> we are sorry\n\n{AROUND[who.language]}\n\n"
        f"--\n{record['name']}\n{record['address']}\nTel. {record['phone']}\n"
    )
    return user(text), plants


def as_json(who: Person, own: random.Random) -> Made:
    """A JSON document in a message."""
    record, plants = _record(who)
    return user(
        f"Check this record:\n{json.dumps({'customer': record, 'open': True}, indent=own.choice((None, 2)))}"
    ), plants


def as_csv(who: Person, own: random.Random) -> Made:
    """A table of comma-separated values."""
    record, plants = _record(who)
    out = io.StringIO()
    rows = csv.DictWriter(out, list(record), delimiter=own.choice(",;"))
    rows.writeheader()
    rows.writerow(record)
    return user(f"Which rows are incomplete?\n\n{out.getvalue()}"), plants


def as_yaml(who: Person, own: random.Random) -> Made:
    """A YAML document."""
    record, plants = _record(who)
    return user(f"```yaml\n{yaml.safe_dump({'contacts': [record]}, allow_unicode=own.random() < 0.5)}```"), plants


def sql(who: Person, own: random.Random) -> Made:
    """A statement that inserts a row."""
    record, plants = _record(who)
    values = ", ".join("'" + one.replace("'", "''") + "'" for one in record.values())
    return user(f"Why does this fail?\nINSERT INTO customer ({', '.join(record)}) VALUES ({values});"), plants


def log(who: Person, own: random.Random) -> Made:
    """Lines of a server's log."""
    record, plants = _record(who, ("username", "ip", "email"))
    text = (
        f"2026-03-03T09:12:44Z INFO login user={record['username']} ip={record['ip']}\n"
        f"2026-03-03T09:12:45Z WARN mail to <{record['email']}> bounced, code 550\n"
        f'{record["ip"]} - {record["username"]} [03/Mar/2026:09:12:46 +0000] "GET /cart HTTP/1.1" 200 512\n'
    )
    return user(f"Explain these lines:\n{text}"), plants


def html(who: Person, own: random.Random) -> Made:
    """A page, with entities."""
    record, plants = _record(who, ("name", "email", "phone", "address"))
    name = record["name"].encode("ascii", "xmlcharrefreplace").decode() if own.random() < 0.5 else record["name"]
    text = (
        f'<table><tr><td class="who">{name}</td><td><a href="mailto:{record["email"]}">mail</a></td>'
        f"<td>{record['phone']}</td></tr><tr><td>{record['address']}</td></tr></table>"
    )
    return user(f"Make this page accessible:\n{text}"), plants


def markdown(who: Person, own: random.Random) -> Made:
    """A table in markdown."""
    record, plants = _record(who, ("name", "email", "phone", "dob"))
    return user(f"| {' | '.join(record)} |\n|{'---|' * 4}\n| {' | '.join(record.values())} |\n\nSort it."), plants


def code(who: Person, own: random.Random) -> Made:
    """A test in a program."""
    record, plants = _record(who, ("name", "email", "phone"))
    text = (
        f'def test_invoice():\n    customer = Customer(name="{record["name"]}", mail="{record["email"]}")\n'
        f'    customer.phone = "{record["phone"]}"  # real one\n    assert invoice(customer).total == 12\n'
    )
    return user(f"Refactor:\n```python\n{text}```"), plants


def system(who: Person, own: random.Random) -> Made:
    """A system prompt that speaks of the user."""
    record, plants = _record(who, ("name", "email"))
    said = {"role": "system", "content": f"You are the assistant of {record['name']} ({record['email']})."}
    return {"messages": [said, {"role": "user", "content": AROUND[who.language]}]}, plants


def history(who: Person, own: random.Random) -> Made:
    """A conversation that comes back to the person by surname, slug and address."""
    slug = plain(who.full).lower().replace("'", "").replace(" ", "-")
    turns = [
        ("user", f"{own.choice(NAME[who.language]).replace('%', who.full)} {_said(who, 'email')}"),
        ("assistant", f"Dear {who.full}, thank you for your patience."),
        ("user", f"Shorter. And put it in /letters/{slug}.pdf, titled {who.family.upper()}."),
    ]
    body = {"messages": [{"role": role, "content": text} for role, text in turns]}
    return body, [who.fields["name"], who.fields["email"]]


def tool_definition(who: Person, own: random.Random) -> Made:
    """A tool whose description, default and choices hold values."""
    record, plants = _record(who, ("name", "email", "phone"))
    properties = {
        "to": {"type": "string", "enum": [record["email"], "support@acme.example"]},
        "from": {"type": "string", "default": record["phone"]},
    }
    tool = {
        "name": "send_letter", "description": f"Sends a letter on behalf of {record['name']}.",
        "parameters": {"type": "object", "properties": properties},
    }  # fmt: skip
    return {**user(AROUND["en"]), "tools": [{"type": "function", "function": tool}]}, plants


def tool_call(who: Person, own: random.Random) -> Made:
    """Arguments and result of a call in the history."""
    record, plants = _record(who, ("name", "email", "address", "dob"))
    arguments = json.dumps({"name": record["name"], "email": record["email"]}, ensure_ascii=own.random() < 0.5)
    result = json.dumps({"address": record["address"], "dob": record["dob"], "orders": [20931, 20932]})
    call = {"id": "call_a1", "type": "function", "function": {"name": "find_customer", "arguments": arguments}}
    turns = [
        {"role": "user", "content": "Find the customer."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_a1", "content": result},
    ]
    tool = {"type": "function", "function": {"name": "find_customer", "parameters": {"type": "object"}}}
    return {"messages": turns, "tools": [tool]}, plants


def metadata(who: Person, own: random.Random) -> Made:
    """Metadata of the request and the user's name."""
    record, plants = _record(who, ("name", "email", "username"))
    extra = {"customer": record["name"], "contact": record["email"]}
    return {**user(AROUND[who.language]), "metadata": extra, "user": record["username"]}, plants


def file_name(who: Person, own: random.Random) -> Made:
    """Names of files, the name in plain beside them."""
    slug = plain(who.full).lower().replace("'", "")
    names = f"cv_{slug.replace(' ', '_')}.pdf and {slug.replace(' ', '-')}-contract.docx"
    return user(f"{own.choice(NAME[who.language]).replace('%', who.full)} See {names}."), [who.fields["name"]]


def file_name_alone(who: Person, own: random.Random) -> Made:
    """A file name that alone tells who."""
    slug = plain(who.full).replace("'", "").replace(" ", "_")
    return user(f"Summarise the file CV_{slug}_2026.pdf for me."), [who.fields["name"]]


def url(who: Person, own: random.Random) -> Made:
    """Links with values in path and query."""
    record, plants = _record(who, ("name", "email"))
    slug = plain(who.full).lower().replace("'", "").replace(" ", "-")
    link = f"https://crm.acme.example/people/{slug}?mail={quote(record['email'], safe='')}&q={quote(record['name'])}"
    return user(f"{own.choice(NAME[who.language]).replace('%', who.full)} {link}"), plants


def keys(who: Person, own: random.Random) -> Made:
    """Values as keys of an object."""
    record, plants = _record(who, ("name", "email", "iban"))
    said = {record["name"]: {record["email"]: "asked"}, record["iban"]: 12.5}
    call = {"id": "call_b2", "type": "function", "function": {"name": "note", "arguments": json.dumps(said)}}
    turns = [{"role": "user", "content": "Go on."}, {"role": "assistant", "content": None, "tool_calls": [call]},
             {"role": "tool", "tool_call_id": "call_b2", "content": "noted"}]  # fmt: skip
    return {"messages": turns}, plants


def numbers(who: Person, own: random.Random) -> Made:
    """Values as numbers of JSON."""
    number = "".join(one for one in who.fields["card"].text if one.isdigit())
    phone = "49231555" + str(own.randint(1000, 9999))
    plants = [Value("card", number, (number,)), Value("phone", phone, (phone,)), who.fields["cvv"], who.fields["mrn"]]
    said = {
        "card_number": int(number),
        "phone": int(phone),
        "cvv": int(who.fields["cvv"].text),
        "mrn": int(who.fields["mrn"].text),
    }
    call = {"id": "call_c3", "type": "function", "function": {"name": "pay", "arguments": json.dumps(said)}}
    turns = [{"role": "user", "content": "Go on."}, {"role": "assistant", "content": None, "tool_calls": [call]},
             {"role": "tool", "tool_call_id": "call_c3", "content": json.dumps(said)}]  # fmt: skip
    return {"messages": turns}, plants


def parts(who: Person, own: random.Random) -> Made:
    """A message of several parts."""
    record, plants = _record(who, ("name", "phone", "email"))
    texts = [f"Customer: {record['name']}", f"phone {record['phone']}, mail {record['email']}", AROUND[who.language]]
    content = [{"type": "text", "text": one} for one in texts]
    return {"messages": [{"role": "user", "content": content}]}, plants


def speaker(who: Person, own: random.Random) -> Made:
    """A chat whose speakers are named, and a message's own name."""
    given = plain(who.given).replace("'", "")
    said = (
        f"{who.given} {who.family}: are we on for nine?\nme: yes\n{who.given}: my number is {who.fields['phone'].text}"
    )
    message = {"role": "user", "name": f"{given}_{plain(who.family).replace(chr(39), '')}", "content": said}
    return {"messages": [message]}, [who.fields["name"], who.fields["phone"]]


def schema(who: Person, own: random.Random) -> Made:
    """The form of the answer that is asked for."""
    record, plants = _record(who, ("name", "email"))
    properties = {"to": {"type": "string", "description": f"{record['name']} or another", "enum": [record["email"]]}}
    form = {"name": "letter", "schema": {"type": "object", "properties": properties}}
    return {**user(AROUND["en"]), "response_format": {"type": "json_schema", "json_schema": form}}, plants


def parameters(who: Person, own: random.Random) -> Made:
    """Stop words and a predicted answer."""
    record, plants = _record(who, ("name", "email"))
    predicted = {"type": "content", "content": f"Dear {record['name']},"}
    return {**user(AROUND[who.language]), "stop": [record["email"]], "prediction": predicted}, plants


def several(who: Person, own: random.Random) -> Made:
    """A list of four lines, name and number each, without words around."""
    record, plants = _record(who, ("name", "phone", "email", "iban"))
    return user("\n".join(f"- {record[one]}" for one in record)), plants


PLACES: Mapping[str, Callable[[Person, random.Random], Made]] = {
    "prose": prose, "mail": mail, "json": as_json, "csv": as_csv, "yaml": as_yaml, "sql": sql, "log": log, "html": html,
    "markdown": markdown, "code": code, "system prompt": system, "history": history, "tool definition": tool_definition,
    "tool call and result": tool_call, "metadata": metadata, "file name": file_name, "file name alone": file_name_alone,
    "url": url, "object keys": keys, "json numbers": numbers, "content parts": parts, "speakers": speaker,
    "answer's schema": schema, "parameters": parameters, "bare list": several,
}  # fmt: skip
