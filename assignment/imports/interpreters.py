"""Interpreters as a table that can be imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assignment.audit import Actor
from assignment.availability import note_available
from assignment.field_rules import Finding
from assignment.imports.changes import Change, Known, Written
from assignment.imports.columns import INTERPRETER_COLUMNS, Column
from assignment.imports.writing import INTERPRETER_FIELDS, InterpreterWriter
from assignment.interpreter_rules import InterpreterValues, interpreter_findings
from assignment.locking import lock_rows
from assignment.models import Interpreter, Team

FACTS = frozenset({"team", "languages", "skills", "hours", "time_zone", "active"})
"""Fields that a binding relied on: a change of one may end work that is assigned."""

KnownInterpreter = Known[InterpreterValues]


class InterpreterTable:
    """Interpreters by ref. A team that does not exist is made: its ref as name, UTC.

    ``only_teams`` limits what may be touched to people of these teams (refs);
    ``may_make_teams`` turns an unknown team into an error. ``note`` is called inside the
    transaction, with the ids of people of whom a fact changed that bindings relied on.
    """

    name = "interpreters"
    columns: Sequence[Column] = INTERPRETER_COLUMNS

    def __init__(
        self,
        *,
        only_teams: frozenset[str] | None = None,
        may_make_teams: bool = True,
        note: Callable[[Sequence[int]], object] | None = None,
    ) -> None:
        self._note = note
        self._only_teams = only_teams
        self._may_make_teams = may_make_teams and only_teams is None
        self._teams = dict(Team.objects.order_by().values_list("ref", "pk"))
        self._writer = InterpreterWriter(teams=self._teams)

    def known(self, refs: Iterable[str]) -> dict[str, KnownInterpreter]:
        """Return the stored people of these refs; one query."""
        rows = Interpreter.objects.filter(ref__in=list(refs)).order_by()
        return {
            row["ref"]: Known(
                id=row["pk"],
                values=InterpreterValues(
                    team=row["team__ref"] or "",
                    **{field: row[field] for field in INTERPRETER_FIELDS},
                ),
            )
            for row in rows.values("pk", "team__ref", *INTERPRETER_FIELDS)
        }

    def merge(self, parsed: Mapping[str, Any], known: KnownInterpreter | None) -> InterpreterValues:
        """Return the person that the cells ask for, over what is stored."""
        return replace(known.values, **parsed) if known else InterpreterValues(**parsed)

    def findings(
        self, values: InterpreterValues, known: KnownInterpreter | None
    ) -> Iterator[Finding]:
        """Yield what is wrong with the person."""
        yield from interpreter_findings(values)
        if values.team and values.team not in self._teams and not self._may_make_teams:
            message = f"There is no team {values.team}: correct the ref, or add it first."
            yield Finding(field="team", message=message)
        if self._only_teams is not None:
            teams = {values.team, known.values.team if known else values.team}
            if not teams <= self._only_teams:
                allowed = ", ".join(sorted(self._only_teams))
                yield Finding(field="team", message=f"You may import only for {allowed}.")

    def is_past(self, values: InterpreterValues) -> bool:
        """Return False: people do not begin."""
        return False

    def lock(self, ids: Sequence[int]) -> None:
        """Write: lock these people in ascending key, before their facts change."""
        lock_rows(Interpreter.objects.all(), ids)

    def write(
        self, changes: Sequence[Change[InterpreterValues]], *, actor: Actor, reason: str
    ) -> Written:
        """Write people, missing teams, and an audit event for each."""
        created, updated, teams = self._writer.write(changes, actor=actor, reason=reason)
        moved = tuple(
            change.known.id
            for change in changes
            if change.known and not FACTS.isdisjoint(change.fields)
        )
        spans = [(person_id, None, None) for person_id in (*created, *moved)]
        note_available(spans, reason="Imported.")
        if moved and self._note:
            self._note(moved)
        return Written(
            created_ids=created, updated_ids=updated, moved_ids=moved, teams_created=teams
        )
