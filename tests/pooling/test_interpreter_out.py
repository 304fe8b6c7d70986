"""``interpreter_out`` from the command line: the plan, what it does, exit codes."""

from __future__ import annotations

from typing import Any

import pytest

from assignment.models import Assignment, BookingPerson, Interpreter, Leave
from pooling.models import Plan
from tests.factories.bookings import NOW, after, approved
from tests.factories.people import InterpreterFactory
from tests.pooling.steps import digest
from tests.pooling.test_plan_commands import AT, run

pytestmark = pytest.mark.django_db
WINDOW = (f"--from={NOW.isoformat()}", f"--until={after(days=7).isoformat()}")
REASON = "--reason=She has the flu."


def ana() -> Interpreter:
    """Somebody with three bookings: one for Ben, one for nobody, one to which she is pinned."""
    person: Interpreter = InterpreterFactory.create(ref="ANA", languages="ja;th;fr")
    InterpreterFactory.create(ref="BEN")
    approved(person, ref="B-1", starts_at=after(days=1))
    approved(person, ref="B-2", starts_at=after(days=2), languages="fr")
    pinned = approved(person, ref="B-3", starts_at=after(days=3))
    BookingPerson.objects.create(booking=pinned, interpreter=person, kind="pinned")
    return person


KEPT = [{"booking": "B-3", "reason": "A person chose ANA for it: it stays, and needs a person."}]


def told(data: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Booking, result and people of each entry."""
    return [(row["booking"], row["result"], row["interpreters"]) for row in data["entries"]]


def test_a_dry_run_stores_the_plan_alone() -> None:
    ana()
    before = digest(without=("pooling_plan", "pooling_planrow", "assignment_roster"))

    code, data = run("interpreter_out", "ANA", *WINDOW, REASON, AT, "--dry-run")

    assert (code, data["run"], data["plan"]) == (0, None, Plan.objects.get().pk)
    assert (data["interpreter"], data["from"], data["until"]) == (
        "ANA",
        "2026-11-23T06:00:00Z",
        "2026-11-30T06:00:00Z",
    )
    assert told(data) == [
        ("B-1", "assigned", ["BEN"]),
        ("B-2", "escalated", []),
        ("B-3", "pooled", []),
    ]
    assert data["kept"] == KEPT
    assert digest(without=("pooling_plan", "pooling_planrow", "assignment_roster")) == before


def test_it_enters_the_leave_and_gives_away_and_what_stays_makes_exit_code_1() -> None:
    ana()

    code, data = run("interpreter_out", "ANA", *WINDOW, REASON, AT)

    assert (code, data["assigned"], data["escalated"], data["kept"]) == (1, 1, 1, KEPT)
    assert told(data)[0] == ("B-1", "assigned", ["BEN"])
    assert Leave.objects.get().reason == "She has the flu."
    active = Assignment.objects.filter(state="active").order_by("booking__ref")
    assert list(active.values_list("booking__ref", "interpreter__ref")) == [
        ("B-1", "BEN"),
        ("B-3", "ANA"),
    ]


def test_a_plan_of_a_dry_run_is_applied_as_it_stands() -> None:
    ana()
    plan = run("interpreter_out", "ANA", *WINDOW, REASON, AT, "--dry-run")[1]["plan"]

    code, data = run("apply_plan", str(plan), "--except", "B-2", AT)

    assert (code, data["applied"]) == (1, 1)
    assert data["stale"] == KEPT


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("NOBODY", *WINDOW, REASON), "There is no interpreter NOBODY."),
        (
            ("ANA", *WINDOW, "--reason=ill"),
            "Give a reason of 5 to 500 printable characters.",
        ),
        (
            ("ANA", "--from=soon", WINDOW[1], REASON),
            "“soon” is no instant: write such as 2026-11-23T06:00:00+00:00.",
        ),
        (
            ("ANA", WINDOW[0], WINDOW[0].replace("from", "until"), REASON),
            "The absence must end after it begins.",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_changes_nothing(
    arguments: tuple[str, ...], message: str
) -> None:
    ana()
    before = digest()

    code, data = run("interpreter_out", *arguments, AT)

    assert (code, data["error"]["message"]) == (2, message)
    assert digest() == before
