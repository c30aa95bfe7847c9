"""``compliance-proxy audit erase``: a data subject's key is destroyed by two people (GDPR Art. 17)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer


def erase(
    tenant: Annotated[str, typer.Option(help="The tenant whose data subject it is.")],
    subject: Annotated[str, typer.Option(help="Your reference of the data subject, as your services send it.")],
    ticket: Annotated[str, typer.Option(help="Reference number of the data subject's request, kept in the log.")] = "",
    second_person: Annotated[
        str, typer.Option(metavar="REQUEST", help="Erase, as another person than made this request (rq_...).")
    ] = "",
) -> None:
    """Destroy the key of a data subject: records stay and verify, and nobody can link them to that person any more.

    The first person gets the id of a request, with which another person erases within a day.
    """
    from proxy.cli.installation import acting, operator, run

    if second_person:
        done = run(acting(lambda acts: acts.approve_erasure(second_person, tenant, subject, operator())))
        gone = "its pseudonyms when they expire" if done.pseudonyms is None else f"{done.pseudonyms} pseudonyms"
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        typer.echo(f"erased on {today}: {done.keys} key and {gone}; records stay, and nobody can link them")
        lists = f"compliance-proxy registered erase --tenant {tenant} --subject ..."
        typer.echo(f"lists of registered people are apart; from these the person goes with: {lists}")
        return
    if not ticket:
        raise typer.BadParameter("the first person gives a --ticket, the second one --second-person")
    request = run(acting(lambda acts: acts.erase(tenant, subject, ticket, operator())))
    typer.echo(request)
    typer.secho(
        f"Nothing is erased yet: within a day another person gives --second-person {request}", fg="yellow", err=True
    )
