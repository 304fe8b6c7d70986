"""The rows of a plan on a page: by proposed outcome before it is applied, by result after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, QueryDict

from assignment.engine.explain import standing
from assignment.enums import AssignmentState, Outcome, Result
from assignment.errors import StoredDataError
from assignment.models import Assignment, Booking, Decision, Interpreter
from pooling.admin.lists import BoundedPaginator
from pooling.admin.teams import teams_of
from pooling.models import Plan, PlanRow
from pooling.reports import evenness, given

ROWS_PER_PAGE = 100
OPEN = "open"
PROPOSED = (
    (Outcome.ASSIGN, "would be assigned"),
    (Outcome.STOP, "would be escalated"),
    (Outcome.WAIT, "would wait for a reply"),
    (Outcome.SKIP, "nothing to do"),
    (Outcome.ERROR, "cannot be decided"),
)
PROPOSED_OF: dict[str, tuple[tuple[str, str], ...]] = {
    Plan.Kind.ABSENCE: (
        (Outcome.ASSIGN, "would be given to others"),
        (Outcome.STOP, "would be escalated"),
        (Outcome.SKIP, "would stay"),
    ),
}
ALWAYS_SHOWN = frozenset({Outcome.ASSIGN, Outcome.STOP})
STAYS = (Result.POOLED, "stay as they are")
TAKEN_BACK = "taken back"
RESULTS: dict[str, tuple[tuple[str, str], ...]] = {
    Plan.Kind.UNDO: ((Result.ESCALATED, TAKEN_BACK), STAYS),
    Plan.Kind.REDO: ((Result.ASSIGNED, "bound again"), STAYS),
    Plan.Kind.ABSENCE: (
        (Result.ASSIGNED, "given to others"),
        (Result.ESCALATED, "escalated"),
        STAYS,
    ),
    Plan.Kind.EMERGENCY: (
        (Result.ASSIGNED, "assigned"),
        (Result.ESCALATED, "escalated"),
        (Result.FAILED, "failed"),
        (Result.POOLED, "skipped"),
    ),
}
RESULTS_OF_ABSENCE: dict[str, tuple[tuple[str, str], ...]] = {
    Plan.Kind.ABSENCE: RESULTS[Plan.Kind.ABSENCE],
    Plan.Kind.UNDO: (
        (Result.ASSIGNED, "given back"),
        (Result.ESCALATED, "escalated"),
        STAYS,
    ),
    Plan.Kind.REDO: RESULTS[Plan.Kind.ABSENCE],
}
TONES = {Result.ASSIGNED: "good", Result.ESCALATED: "bad", Result.FAILED: "bad"}


def rows_of(
    request: HttpRequest,
    *,
    plan: Plan | None,
    query: QueryDict | None = None,
    held: Sequence[Booking] = (),
) -> dict[str, Any]:
    """Return one page of a plan's rows, the counts that open their rows, and the names chosen.

    ``query`` says which rows (by default the address); ``held`` are the bookings that an
    override passed over, which count as skipped.
    """
    query = request.GET if query is None else query
    rows = PlanRow.objects.filter(plan=plan).select_related("booking")
    teams = teams_of(request)
    if teams is not None:
        rows = rows.filter(booking__team__in=teams)
    applied = plan is not None and hasattr(plan, "run")
    column = "result" if applied else "outcome"
    counts = dict(rows.order_by().values_list(column).annotate(Count("pk")))
    counts[Result.POOLED] = counts.get(Result.POOLED, 0) + len(held)
    wanted = query.get("result", "")
    tabs = _tabs(plan, counts=counts, wanted=wanted) if applied else _proposed(plan, counts, wanted)
    if wanted in {tab["value"] for tab in tabs}:
        rows = rows.filter(**{column: "" if wanted == OPEN else wanted})
    page = BoundedPaginator(rows.order_by("place"), ROWS_PER_PAGE).get_page(query.get("page", 1))
    return {
        "plan": plan,
        "evenness": evenness(plan.joint) if plan else "",
        "page": page,
        "plan_rows": named(page, plan=plan, words={tab["value"]: tab["text"] for tab in tabs}),
        "result_tabs": tabs,
        "wanted": wanted,
        "all_count": sum(counts.values()),
        "held": held if wanted in ("", Result.POOLED) else (),
    }


def _tabs(plan: Plan | None, *, counts: dict[str, int], wanted: str) -> list[dict[str, Any]]:
    """Return the results with their counts, and the open rows while there are some."""
    kind = plan.kind if plan else ""
    known_words = RESULTS_OF_ABSENCE if plan and plan.absent_id else RESULTS
    choices = [*known_words.get(kind, Result.choices)]
    known = {value for value, _ in choices}
    choices += [
        (value, label)
        for value, label in Result.choices
        if counts.get(value) and value not in known
    ]
    tabs = [
        _tab(value, label, count=counts.get(value, 0), wanted=wanted) for value, label in choices
    ]
    for tab in tabs:
        whole = known_words is RESULTS
        taken_back = whole and kind == Plan.Kind.UNDO and tab["value"] == Result.ESCALATED
        tab["tone"] = TONES.get(tab["value"], "") if tab["count"] and not taken_back else ""
    if counts.get(""):
        tabs.append(_tab(OPEN, "still open", count=counts[""], wanted=wanted))
    return tabs


def _proposed(plan: Plan | None, counts: dict[str, int], wanted: str) -> list[dict[str, Any]]:
    return [
        _tab(value, label, count=counts.get(value, 0), wanted=wanted)
        for value, label in PROPOSED_OF.get(plan.kind if plan else "", PROPOSED)
        if counts.get(value) or value in ALWAYS_SHOWN
    ]


def _tab(value: str, label: str, *, count: int, wanted: str) -> dict[str, Any]:
    return {"text": label, "value": str(value), "count": count, "open": value == wanted}


def named(
    page: Iterable[PlanRow], *, words: Mapping[str, str], plan: Plan | None = None
) -> list[dict[str, Any]]:
    """Return the rows with what they led to, why, and who has them; few queries for the page."""
    rows = list(page)
    records = _records(rows, plan=plan)
    keeping = still_with_absent(rows, plan=plan)
    having = {
        row.booking_id: keeping.get(row.booking_id) or holders(row, plan=plan) for row in rows
    }
    people = Interpreter.objects.in_bulk({key for ids in having.values() for key in ids})
    named_rows = ((row, words.get(row.result or row.outcome, "still open")) for row in rows)
    return [
        {
            "row": row,
            "word": word,
            "tone": tone(word, row.result or row.outcome),
            "why": why(row, record=records.get(row.booking_id)),
            "people": [people[key] for key in having[row.booking_id] if key in people],
            "keeps": row.booking_id in keeping,
        }
        for row, word in named_rows
    ]


def tone(word: str, result: str) -> str:
    """Return what the colour of a result follows: to be taken back is no failure."""
    return word if word == TAKEN_BACK else result


def holders(row: PlanRow, *, plan: Plan | None) -> list[int]:
    """Return who was (or would be) given; of an absence that was undone, who was out."""
    if plan and plan.absent_id and plan.kind == Plan.Kind.UNDO:
        return [plan.absent_id] if row.result == Result.ASSIGNED else []
    return given(row)


def still_with_absent(rows: Iterable[PlanRow], *, plan: Plan | None) -> dict[int, list[int]]:
    """Return, by booking, who is out and has it all the same, of rows that stay or stayed."""
    if plan is None or plan.absent_id is None or plan.kind != Plan.Kind.ABSENCE:
        return {}
    staying = [
        row.booking_id
        for row in rows
        if (row.result or row.outcome) in (Result.POOLED, Outcome.SKIP)
    ]
    work = Assignment.objects.filter(
        booking__in=staying, interpreter=plan.absent_id, state=AssignmentState.ACTIVE
    )
    return {
        booking_id or 0: [plan.absent_id] for booking_id in work.values_list("booking", flat=True)
    }


def why(row: PlanRow, *, record: bytes | None) -> str:
    """Return the reason of a row; of a choice, how it stands among those who can.

    ``record`` is what was decided; a proposal carries its own. Empty for a row that stayed: why
    it did, which stands beside it, is all there is to say.
    """
    if row.stale:
        return ""
    told, known = row.result_reason or row.reason_text, record or row.record
    if told or known is None or row.outcome != Outcome.ASSIGN:
        return told
    try:
        return standing(known)
    except StoredDataError as error:
        return str(error)


def _records(rows: Sequence[PlanRow], *, plan: Plan | None) -> dict[int, bytes]:
    """Return what was decided for the rows that the plan's run assigned, by booking."""
    assigned = [row.booking_id for row in rows if row.result == Result.ASSIGNED]
    if plan is None or not hasattr(plan, "run") or not assigned:
        return {}
    made = Decision.objects.filter(operation=plan.run.operation_id, booking__in=assigned)
    found = made.order_by("pk").values_list("booking_id", "record")
    return {booking_id: bytes(record) for booking_id, record in found}
