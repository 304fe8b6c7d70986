"""The facts as they would be without some of a person's work, while the person is away. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assignment.engine.accounts import Ledger
from assignment.engine.facts import DrService, Facts
from assignment.engine.members import Supposed
from assignment.engine.request import Request


def facts_without(
    facts: Facts,
    *,
    requests: Sequence[Request],
    supposed: Supposed,
    ledger: Ledger,
) -> Facts:
    """Return the facts with somebody on leave and off these requests, which they had.

    ``ledger`` is the one of what is supposed.
    """
    person_id, leave = supposed.person_id, supposed.leave
    ids = {request.id for request in requests}
    refs = {request.ref for request in requests}
    kept = [work for work in facts.work.get(person_id, []) if work.booking_id not in ids]
    return replace(
        facts,
        people=tuple(
            replace(person, leave=(*person.leave, leave)) if person.id == person_id else person
            for person in facts.people
        ),
        work={key: list(rows) for key, rows in facts.work.items()} | {person_id: kept},
        accounts=ledger.accounts,
        presence=ledger.presence,
        dr_history=[_served(row, without=person_id, refs=refs) for row in facts.dr_history],
    )


def _served(service: DrService, *, without: int, refs: set[str]) -> DrService:
    if service.booking_ref not in refs:
        return service
    return replace(service, people=service.people - {without})
