"""The facts as they would be without some of a person's work, while the person is away. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from assignment.engine.facts import DrService, Facts
from assignment.engine.request import Request


def facts_without(
    facts: Facts,
    *,
    person_id: int,
    requests: Sequence[Request],
    leave: tuple[dt.datetime, dt.datetime],
) -> Facts:
    """Return the facts with the person on leave and off these requests, which they had."""
    ids = {request.id for request in requests}
    refs = {request.ref for request in requests}
    counted = [request for request in requests if request.starts_at > facts.window_start]
    account = facts.account(person_id)
    seconds = account.seconds - sum(request.seconds for request in counted)
    kept = [work for work in facts.work.get(person_id, []) if work.booking_id not in ids]
    return replace(
        facts,
        people=tuple(
            replace(person, leave=(*person.leave, leave)) if person.id == person_id else person
            for person in facts.people
        ),
        work={key: list(rows) for key, rows in facts.work.items()} | {person_id: kept},
        accounts=facts.accounts | {person_id: replace(account, seconds=seconds)},
        dr_history=[_served(row, without=person_id, refs=refs) for row in facts.dr_history],
    )


def _served(service: DrService, *, without: int, refs: set[str]) -> DrService:
    if service.booking_ref not in refs:
        return service
    return replace(service, people=service.people - {without})
