"""A command that makes a run names it in the text, as it does in the JSON: it can be undone."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from pooling.models import Plan, Run
from tests.factories.bookings import NOW, ReadyFactory, after, approved
from tests.factories.people import InterpreterFactory
from tests.pooling.test_plan_commands import AT, preview

pytestmark = pytest.mark.django_db


def first_line(*arguments: str) -> str:
    """The first line that a person reads; exit code 0."""
    output = StringIO()
    call_command(*arguments, AT, stdout=output)
    return output.getvalue().splitlines()[0]


def test_interpreter_out_names_its_plan_and_its_run() -> None:
    person = InterpreterFactory.create(ref="ANA")
    InterpreterFactory.create(ref="BEN")
    approved(person, ref="B-1", starts_at=after(days=1))
    window = (f"--from={NOW.isoformat()}", f"--until={after(days=7).isoformat()}")
    order = ("interpreter_out", "ANA", *window, "--reason=The flu.")
    count = "1 given to others, 0 escalated, 0 stay."

    shown = first_line(*order, "--dry-run")
    assert shown == f"Preview, plan {Plan.objects.get().pk}: {count}"
    assert first_line(*order) == f"Run {Run.objects.get().pk}: {count}"


def test_apply_plan_and_undo_run_name_their_runs() -> None:
    InterpreterFactory.create()
    ReadyFactory.create()
    plan = preview("sweep")

    applied = first_line("apply_plan", plan)
    run = Run.objects.get().pk
    assert applied == f"Run {run}: 1 applied, 0 stale."
    shown = first_line("undo_run", str(run), "--dry-run")
    assert shown == f"Preview of an undo of run {run}: 1 undone, 0 kept."
    undone = first_line("undo_run", str(run))
    assert undone == f"Run {Run.objects.get(kind='undo').pk}: 1 undone, 0 kept."
