"""Prints `file:line: code: message` for every problem.

- `does_not_parse`, `does_not_compile`: OPA's own message
- `impure_builtin`: `http.send`, `opa.runtime`, `net.lookup_ip_addr`, `time.now_ns`, `rand.intn`, `uuid.rfc4122`,
  `io.jwt.decode_verify`, `crypto.x509.parse_and_verify_certificates…`, `json.match_schema`, `json.verify_schema`
  (a schema may fetch its parts), also through `with`
- `metadata`: a `deny`, `gate`, `oblige` or `obligation` rule without title, description, `custom.rule_id` or a cited
  source
- `rule_id`: two rules with one id
- `no_test`: the twin file `NAME_test.rego` is missing
- `unknown_code`: `custom.codes` names a code the contract does not know (the overlay may have its own)
- `unreachable_code`: no rule of the library can return a code of the contract
- `unused_import`, `rego_v1`, `format`: an unused import; a missing `import rego.v1`; what `opa fmt` would change
- `overlay`: an overlay module outside package `org`
- `unknown_reference`: `input`, `data` or a package has no such member (`input.tenat`, `facts.persnal`)
- `unused_rule`: a rule of the overlay that no other asks for (`denies` for `deny`)
- `code_of_law`, `rule_id`: a house rule with a code or an id of the library
- `unsupported_obligation`: a method, profile or parameter that nothing performs
- `empty_test`: the tests of a package pass although it answers nothing

Without problems, `check` decides a grid of questions over the data document, as an activation does, and inputs that
hold what your rules compare (groups, models, labels, sectors), and reports conflicts and answers that are slow,
undecided, unreadable or odd (`odd_answer`: `deny contains true`). Lines with `warning:` do not affect the result:

- `inert_rule`: a rule of the organisation that applies to no trial input, with the line that is never met
- `total_rule`: it denies all trial requests, or all replies, or all third parties of either
- `unknown_value`: a comparison with what a member never is (`input.phase == "reqest"`, `"EEA" in facts.places[id]`), a
  place, day or kind of contract that is none (`regions.eea("EU")`, `evidence.signed(id, "dap")`)
- `unknown_entity_type`, `unknown_target`: what the registry does not have
- `never_waivable`, `unused_waiver`: a code of the law, or one that no rule gives, declared waivable
- `unnamed_parties`, `no_regime`, `law_stale`: contracts without tenants where there are several, origins without a law,
  law to be looked at again

The check is our own, made with OPA's parser and compiler. `opa check --strict` and Regal check more; run them where
you have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from proxy.cli.policy.answers import Answer
from proxy.cli.policy.options import Data, Overlay, Policies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxy.policy.authoring.check import Problem
    from proxy.policy.bundles.tree import Tree


def command(
    policies: Policies = None,
    overlay: Overlay = None,
    data: Data = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Check only what the overlay's files show by themselves.")
    ] = False,
) -> Answer:
    """Parse and compile everything; refuse impure builtins; require metadata, twin tests and known reason codes.

    Then decide a grid of questions over the data document, as an activation does. Prints ``file:line: code: message``
    and exits with 1 if there is any problem; warnings (``warning: ...``) name what does not exist. With --quick nothing
    is compiled or decided: an editor asks so while somebody types.
    """
    from proxy.cli.policy import checks, documents

    if quick:
        tree, problems = checks.drafted(policies, overlay)
        warnings: list[Problem] = []
    else:
        tree, problems, warnings = checks.checked(policies, overlay, data)
    return Answer(
        documents.check(problems, tree, warnings),
        lambda: _show(tree, problems, warnings),
        not problems,
        f"{len(problems)} problem{'s' * (len(problems) > 1)} in {len(tree.everything())} modules",
    )


def _show(tree: Tree, problems: Sequence[Problem], warnings: Sequence[Problem]) -> None:
    for kind, rows in (("", problems), ("warning: ", warnings)):
        for problem in rows:
            where = tree.where(problem.module, problem.row) if problem.module else "library"
            typer.echo(f"{where}: {kind}{problem.code}: {problem.message}")
    if not problems:
        typer.echo(f"{len(tree.modules)} modules and {len(tree.tests)} test modules: no problems")
