"""The page of a booking says where it stands, why, and what happened."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.models import Booking
from pooling.sweep import sweep
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, LeaveFactory
from tests.pooling.admin.people import (
    client_of,
    escalated,
    failed,
    in_hours,
    processing,
    ready,
    ungated,
    waiting,
)

pytestmark = pytest.mark.django_db


def page_of(booking: Booking, query: str = "", role: str = "viewer") -> Any:
    """The page as somebody of this role sees it."""
    address = reverse("admin:assignment_booking_change", args=(booking.pk,))
    return client_of(role).get(address + query)


def decided(booking: Booking) -> Booking:
    """The booking after a sweep."""
    sweep(now=timezone.now(), slot="now", actor=COMMAND)
    booking.refresh_from_db()
    return booking


@pytest.mark.parametrize(
    ("make", "step", "headline"),
    [
        (ungated, 0, "Not gated yet"),
        (waiting, 1, "Waiting in the pool"),
        (ready, 1, "Due"),
        (processing, 2, "Being decided now"),
        (failed, 2, "Failed: needs a person"),
        (escalated, 2, "Needs a person: those who are qualified are busy or not at work"),
        (
            lambda: approved(InterpreterFactory(name="Ana"), starts_at=in_hours(9)),
            3,
            "Assigned to Ana",
        ),
    ],
)
def test_the_strip_says_where_it_stands(make: Any, step: int, headline: str) -> None:
    standing = page_of(make()).context["standing"]

    assert (standing.step, standing.headline) == (step, headline)


@pytest.mark.parametrize("text", ["Run 4 was undone: a mistake", "Nobody of 2 can."])
def test_what_comes_next_begins_a_sentence_of_its_own(text: str) -> None:
    standing = page_of(escalated(escalation_text=text)).context["standing"]

    assert standing.comes_next.startswith(f"{text.rstrip('.')}. Change what stands in the way")


def test_a_cancelled_and_a_completed_booking_say_so() -> None:
    booking = approved(InterpreterFactory(name="Ana"), starts_at=in_hours(-9))
    Booking.objects.filter(pk=booking.pk).update(state="completed")
    done = page_of(booking).context["standing"]
    Booking.objects.filter(pk=booking.pk).update(state="cancelled")

    assert (done.headline, done.comes_next, done.step) == ("Completed", "Done by Ana.", 4)
    assert page_of(booking, role="lead").context["standing"].headline == "Cancelled"


def test_the_table_shows_who_got_it_who_came_next_and_who_could_not() -> None:
    InterpreterFactory(ref="A", name="Ana")
    busy = InterpreterFactory(ref="B", name="Ben")
    approved(busy, starts_at=in_hours(240))
    InterpreterFactory(ref="C", name="Cem", languages="fr")
    away = InterpreterFactory(ref="D", name="Dee")
    LeaveFactory(interpreter=away, starts_at=in_hours(1), ends_at=in_hours(100))
    page = page_of(decided(ready()))

    table = page.context["table"]

    assert [(row.candidate.name, row.candidate.verdict) for row in table.rows] == [
        ("Ana", "chosen"),
        ("Ben", "outranked"),
    ]
    assert {group["rule"]: group["count"] for group in table.rejected} == {
        "languages": 1,
        "leave": 1,
    }
    assert (table.chosen, table.could, table.total) == ("Ana", 2, 4)
    assert "2 of 4 people could take it." in page.content.decode()


@pytest.mark.parametrize(
    ("question", "answer"),
    [("cem", "Does not have: ja, th."), ("IN-9", "Does not have: ja, th."), ("zoe", "Nobody of")],
)
def test_why_not_somebody_is_answered_by_name_and_ref(question: str, answer: str) -> None:
    InterpreterFactory(name="Ana")
    InterpreterFactory(ref="IN-9", name="Cem", languages="fr")

    page = page_of(decided(ready()), f"?why={question}").content.decode()

    assert answer in page


def test_the_answer_says_what_would_have_to_change() -> None:
    InterpreterFactory(name="Ana")
    away = InterpreterFactory(name="Cem", languages="ja;th;fr")
    LeaveFactory(interpreter=away, starts_at=in_hours(1), ends_at=in_hours(100))

    page = page_of(decided(ready()), "?why=Cem")

    ((candidate, then),) = page.context["answers"]
    assert candidate.cure in page.content.decode()
    assert candidate.cure.startswith("End or shorten the leave from ")
    assert then in page.content.decode()
    assert then.startswith("With that lifted, as things stand now (on leave): place ")


def test_without_a_decision_the_page_says_what_will_stand_there() -> None:
    assert "Nothing is decided yet." in page_of(waiting()).content.decode()


def test_the_timeline_tells_everything_in_order() -> None:
    InterpreterFactory()

    page = page_of(decided(ungated()))

    assert [event.action for event in page.context["timeline"]] == ["assign", "claim", "gate"]


@pytest.mark.parametrize(
    ("role", "make", "names"),
    [
        ("coordinator", ready, ["process_now", "escalate", "cancel"]),
        ("coordinator", failed, ["retry", "escalate", "cancel"]),
        ("coordinator", escalated, ["retry", "cancel"]),
        ("operator", ready, ["process_now", "escalate"]),
        ("viewer", ready, []),
    ],
)
def test_only_what_the_person_may_do_now_is_offered(role: str, make: Any, names: list[str]) -> None:
    offered = page_of(make(), role=role).context["offered"]

    assert [action["name"] for action in offered] == names


def test_every_time_names_its_zone() -> None:
    page = page_of(decided(ready())).content.decode()

    assert page.count("<time") == page.count('<span class="zone">UTC</span>')
    assert "When (times in UTC)" in page


@pytest.mark.parametrize(("role", "queries"), [("viewer", 14), ("superuser", 13)])
def test_a_page_costs_the_same_however_many_candidates(
    role: str, queries: int, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        InterpreterFactory()
    booking = decided(ready())
    client = client_of(role)
    address = reverse("admin:assignment_booking_change", args=(booking.pk,))
    client.get(address)

    with django_assert_num_queries(queries):
        client.get(address)
