"""An absence on its pages: the plan, the run, the undo, and what stays with who is out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import Booking, Interpreter, Leave
from pooling.absence import preview_absence
from pooling.models import Plan, Run
from pooling.undo import undo_run
from tests.factories.bookings import BookingFactory, approved
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.pooling.absent import apply, busy
from tests.pooling.admin.people import client_of, in_hours
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db

REASON = "She is well again."


def out(*, people: int = 2, count: int = 1) -> tuple[Plan, list[Booking]]:
    """The plan for Ana, who has so many bookings in the next days; Ben is the other person."""
    ana, *_ = [
        InterpreterFactory.create(ref=name.upper(), name=name) for name in ("Ana", "Ben")[:people]
    ]
    rows = [approved(ana, ref=f"B-{n}", starts_at=in_hours(24 * n)) for n in range(1, count + 1)]
    now = timezone.now()
    return preview_absence(ana, starts_at=now, ends_at=in_hours(200), now=now), rows


def carried_out(plan: Plan, *left: Booking) -> Run:
    """The run of the plan without these."""
    return apply(plan, *left, now=timezone.now()).run


def page(name: str, pk: int | None = None) -> str:
    """The address of a page."""
    return reverse(f"admin:{name}", args=(pk,) if pk else ())


def text_of(client: Client, address: str, **query: str) -> str:
    """The page as text."""
    answer = client.get(address, query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_confirmation_of_an_undo_says_what_becomes_of_bookings_and_leave() -> None:
    plan, rows = out(count=2)
    run = carried_out(plan)
    LeaveFactory.create(
        interpreter=Interpreter.objects.get(ref="ANA"),
        starts_at=rows[1].starts_at,
        ends_at=rows[1].ends_at,
    )
    client, before = client_of("coordinator"), digest()

    answer = client.get(page("pooling_run_undo", run.pk))

    assert digest() == before
    assert answer.context["given"] == [rows[0]]
    assert answer.context["unfit"] == [(rows[1], "ANA is now on leave.")]
    told = " ".join(answer.content.decode().split())
    assert "The bookings go back to Ana where they are free and still fit" in told
    assert "<strong>The leave of Ana is taken back.</strong>" in told

    sent = client.post(page("pooling_run_undo", run.pk), {"reason": REASON}, follow=True)
    assert [str(message) for message in sent.context["messages"]] == [
        f"Run {run.pk}: 1 given back, 1 escalated, 0 stay as they are. "
        "The leave of Ana is taken back."
    ]
    assert [busy(row) for row in rows] == [["ANA"], []]
    counts = {tab["text"]: tab["count"] for tab in sent.context["result_tabs"]}
    assert counts == {"given back": 1, "escalated": 1, "stay as they are": 0}
    assert [[person.name for person in item["people"]] for item in sent.context["plan_rows"]] == [
        ["Ana"],
        [],
    ]
    assert "The leave of Ana was taken back." in sent.content.decode()


def test_leave_that_stays_is_said_with_the_reason() -> None:
    plan, _ = out()
    run = carried_out(plan)
    Leave.objects.update(reason="Parental leave.")

    told = text_of(client_of("coordinator"), page("pooling_run_undo", run.pk))

    assert "The leave of Ana stays as it is. It was changed or removed since." in told


def test_of_one_decision_the_leave_stays_and_the_page_says_so() -> None:
    plan, rows = out()
    run = carried_out(plan)
    address = reverse("admin:pooling_run_undo_one", args=(run.pk, rows[0].pk))

    told = text_of(client_of("coordinator"), address)

    assert "B-1 goes back to Ana if they are free and it still fits" in told
    assert "The leave of Ana stays as it is." in told
    assert "To take it back as well, undo the whole run." in told


def test_an_absence_that_moved_nothing_offers_the_undo_of_its_leave() -> None:
    plan, _ = out(count=0)
    run, client = carried_out(plan), client_of("coordinator")

    assert page("pooling_run_undo", run.pk) in text_of(client, page("pooling_run_change", run.pk))
    assert "Take back the leave</button>" in text_of(client, page("pooling_run_undo", run.pk))
    client.post(page("pooling_run_undo", run.pk), {"reason": REASON})

    assert Leave.objects.count() == 0
    undo = Run.objects.first()
    assert undo is not None
    told = text_of(client, page("pooling_run_undo", undo.pk))
    assert "The leave of Ana is entered again." in told
    assert '<span class="quiet">no booking</span>' in text_of(
        client, page("pooling_run_changelist")
    )


def test_a_row_left_out_says_only_that_and_who_keeps_it() -> None:
    plan, rows = out(people=1)
    assert plan.rows.get().reason_text == "Nobody of 1 can: 1 on leave."
    run = carried_out(plan, *rows)

    answer = client_of("coordinator").get(page("pooling_run_change", run.pk))

    (item,) = answer.context["plan_rows"]
    assert (item["why"], item["keeps"]) == ("", True)
    assert [person.name for person in item["people"]] == ["Ana"]
    told = " ".join(answer.content.decode().split())
    row = told[told.index("<tbody>") : told.index("</tbody>")]
    assert "Left out by hand. <strong>Ana keeps it and is on leave then.</strong>" in row
    assert "Nobody of" not in row
    Booking.objects.get().assignments.update(state="withdrawn")
    again = client_of("lead").get(page("pooling_run_change", run.pk))
    assert [(one["people"], one["keeps"]) for one in again.context["plan_rows"]] == [([], False)]


def test_the_runs_list_says_kept_and_not_pooled() -> None:
    plan, rows = out()
    run = carried_out(plan, *rows)
    client = client_of("coordinator")

    told = text_of(client, page("pooling_run_changelist"))
    assert "1 kept" in told
    assert "1 pooled" not in told
    undo_run(run, now=timezone.now(), actor=COMMAND, reason=REASON)
    assert "pooled" not in text_of(client, "/admin/")


def test_the_plan_says_what_becomes_of_a_row_left_out() -> None:
    plan, _ = out()

    told = text_of(client_of("coordinator"), page("pooling_plan_change", plan.pk))

    assert (
        "What you leave out stays with Ana, who is on leave then: it stands under “Needs a person” "
        "until somebody else has it." in told
    )


@pytest.fixture
def left() -> Booking:
    """A booking that was left out: it stayed with Ana, who is on leave then; another moved."""
    plan, rows = out(count=2)
    BookingFactory.create(ref="OTHER", starts_at=in_hours(24))
    carried_out(plan, rows[0])
    return rows[0]


def test_what_stayed_with_her_needs_a_person(left: Booking) -> None:
    client = client_of("coordinator")

    answer = client.get(page("pooling_attention_changelist"), {"pool": "on_leave"})

    assert [row.ref for row in answer.context["cl"].result_list] == ["B-1"]
    told = " ".join(answer.content.decode().split())
    assert "<strong>Ana is on leave then</strong>" in told
    assert f"{page('assignment_booking_change', left.pk)}?else=1#substitutes" in told
    whole = client.get(page("pooling_attention_changelist"))
    assert [row.ref for row in whole.context["cl"].result_list] == ["B-1"]
    listed = client.get(page("assignment_booking_changelist"), {"pool": "person"})
    assert [row.ref for row in listed.context["cl"].result_list] == ["B-1"]


def test_the_dashboard_says_so_first(left: Booking) -> None:
    board: dict[str, Any] = client_of("coordinator").get("/admin/").context["board"]

    assert [(row["booking"].ref, row["kind"], row["why"]) for row in board["attention"]] == [
        ("B-1", "on leave", "its interpreter is on leave then")
    ]
    alerts = {alert.text: alert.address for alert in board["alerts"]}
    address = f"{page('pooling_attention_changelist')}?pool=on_leave"
    assert alerts["Bookings whose interpreter is on leave then: 1."] == address


def test_its_page_and_the_list_of_bookings_flag_it(left: Booking) -> None:
    client = client_of("coordinator")

    answer = client.get(page("assignment_booking_change", left.pk))
    assert answer.context["standing"].headline == "Needs a person: Ana is on leave then"
    assert answer.context["standing"].comes_next.startswith("It is assigned to Ana all the same.")
    assert 'Ana <span class="badge badge-warn">on leave</span>' in text_of(
        client, page("assignment_booking_changelist")
    )


def test_once_somebody_else_has_it_nothing_is_flagged(left: Booking) -> None:
    left.assignments.update(interpreter=Interpreter.objects.get(ref="BEN"))
    client = client_of("coordinator")

    listed = client.get(page("pooling_attention_changelist"))
    opened = client.get(page("assignment_booking_change", left.pk))

    assert list(listed.context["cl"].result_list) == []
    assert opened.context["standing"].headline == "Assigned to Ben"
    assert client.get("/admin/").context["board"]["attention"] == []


def test_what_has_started_is_not_flagged() -> None:
    ana = InterpreterFactory.create(ref="ANA", name="Ana")
    booking = approved(ana, ref="B-1", starts_at=in_hours(-0.5))
    LeaveFactory.create(interpreter=ana, starts_at=in_hours(-1), ends_at=in_hours(5))
    client = client_of("coordinator")

    listed = client.get(page("pooling_attention_changelist"))
    opened = client.get(page("assignment_booking_change", booking.pk))

    assert list(listed.context["cl"].result_list) == []
    assert opened.context["standing"].headline == "Assigned to Ana"
