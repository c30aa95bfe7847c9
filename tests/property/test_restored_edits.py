"""What an agent edits comes back to its tool as it was, however deep the file stands in JSON."""

from __future__ import annotations

import orjson
import pytest

from proxy.core.replies.addresses import Origins
from proxy.core.replies.placement import Permissions
from proxy.core.replies.position import Position, Role
from proxy.core.replies.reply import ReplyFilters

STAND_INS = {"Ada": "Name_BCDFGHJKLM", "ada@firm.org": "user-bcdfghjklm@example.com"}
FILES = (
    'k = {"%s": 1}', '<b title="x">%s</b>', '{"name": "%s %s", "n": 2}', "x = '%s'", 'print("hi %s")', 'a\n"%s"\nb',
    "C:\\Users\\%s\\x", 'regex: \\d+ "%s"', 'tab\t"%s"', "/home/%s/x.txt", '"%s","%s"\n1,2', "- [%s](./%s.md)",
    'if a < b: "%s"', '<a href="/u/x">%s</a>', '"""%s"""', "`%s`", '{"a": {"b": ["%s"]}}', '--name="%s"', '\\"%s\\"',
    "it's %s", 'mail: "%s"', '# "%s"', '//"%s"', "// %s", 's/"%s"/x/', "path\\\\%s", 'print("Dear\\n%s")', '["%s"]',
    '!["%s"](a.png)', "echo '%s' > f", 'grep "%s" *.txt | wc', '{"url":"/x","n":"%s"}', "https://good.example.org/%s",
    'See https://good.example.org/a "%s"', "INSERT INTO t VALUES ('%s', \"%s\");", "%s|%s\n--|--",
)  # fmt: skip
#: What an address that nobody asked for ends before the value: white space, a quotation mark of its own string, a tag.
BESIDE = (
    "| {} | %s |", "a: {} %s", 'a: "{}"\nb: "%s"', "// {}\nn = '%s'", '{{"u":"{}","n":"%s"}}', '{{"u":"{}","n":["%s"]}}', '{{"$schema":"{}","k":{{"%s":1}}}}',
    '"{}","%s"', "x = ['{}','%s']", 'f("{}",name="%s")', '{{"u":"{}","n":"%s"}}\n{{"u":"{}","n":"%s"}}', 'u="{}";n="%s";', "u=`{}`;n=`%s`", '<a href="{}">%s</a>',
    "<a href='{}' title='%s'>%s</a>", '<x xmlns="{}"><n>%s</n></x>', "See {}<br>%s", '<img src="{}" alt="%s">', "[%s]({}) <{}> %s", 'm = "see {} or ask %s"', "[x]({})%s",
    'fetch("{}",{{body:JSON.stringify({{name:"%s"}})}})', '<!DOCTYPE x SYSTEM "{}"><x>%s</x>', "\\x41 %s {}", '"\\d+ %s" # {}', 's = "see {}\\nDear %s"', "- {}\n- %s",
)  # fmt: skip
FOREIGN = ("https://evil.test/", "http://evil.test/a?b=c", "//evil.test/x")


@pytest.mark.parametrize("value", STAND_INS)
@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("file", [*FILES, *(file.format(*[url] * 2) for file in BESIDE for url in FOREIGN)])
def test_an_edit_is_restored_exactly(file, depth, value):
    edited, before = file.replace("%s", STAND_INS[value]), file.replace("%s", value)
    for _ in range(depth):
        edited, before = (orjson.dumps({"in": text}).decode() for text in (edited, before))
    origins = Origins([f"see https://good.example.org/a and mail {value}"])
    filters = ReplyFilters(
        {stand_in: original for original, stand_in in STAND_INS.items()},
        frozenset(),
        lambda _text: (),
        permissions=Permissions(origins, frozenset({"edit"})),
    )
    edit = filters.make(Position(Role.ARGUMENTS, document=True, tool="edit"))
    arguments = orjson.dumps({"new": edited}).decode()
    assert orjson.loads(edit.feed(arguments) + edit.flush()) == {"new": before}
