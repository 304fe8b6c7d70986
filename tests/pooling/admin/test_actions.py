"""The two steps of a dangerous action: what it asks, what it does, and that it does it once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assignment.models import Assignment, AuditEvent, Booking, Operation
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.people import (
    client_of,
    escalated,
    failed,
    processing,
    ready,
    ungated,
    waiting,
)
from tests.pooling.steps import digest

pytestmark = pytest.mark.django_db

REASON = "The client called."
PAGES = {"release": "pooling_poolentry"}


def first_step(client: Client, action: str, *bookings: Booking, page: str = "") -> Any:
    """Choose rows in the list and run the action: the confirmation page."""
    address = reverse(f"admin:{page or PAGES.get(action, 'assignment_booking')}_changelist")
    chosen = [booking.pk for booking in bookings]
    return client.post(address, {"action": action, "_selected_action": chosen, "index": 0})


def hidden(answer: Any) -> dict[str, str]:
    """The hidden fields of the confirmation page."""
    page = answer.content.decode()
    return dict(re.findall(r'<input type="hidden" name="(selection|token)" value="([^"]*)"', page))


def second_step(client: Client, action: str, fields: dict[str, str], *, page: str = "") -> Any:
    """Confirm."""
    name = page or PAGES.get(action, "assignment_booking")
    return client.post(reverse(f"admin:{name}_do", args=(action,)), fields)


def run(action: str, *bookings: Booking, role: str = "coordinator", page: str = "") -> Any:
    """Both steps, with a reason; returns the answer to the second."""
    client = client_of(role)
    fields = hidden(first_step(client, action, *bookings, page=page)) | {"reason": REASON}
    return second_step(client, action, fields, page=page)


def states(*bookings: Booking) -> list[str]:
    """In which state each booking is now."""
    found = []
    for booking in bookings:
        booking.refresh_from_db()
        found.append(
            booking.pool_status or ("escalated" if booking.escalated_at else booking.state)
        )
    return found


def test_the_first_step_says_what_will_change_and_what_not() -> None:
    answer = first_step(client_of("coordinator"), "escalate", waiting(ref="A"), processing(ref="B"))

    assert [row.ref for row in answer.context["touched"]] == ["A"]
    assert [row.ref for row in answer.context["left"]] == ["B"]
    assert "Escalate to a person (1)" in answer.content.decode()


def test_escalate_takes_out_of_the_pool_and_leaves_what_a_worker_holds() -> None:
    bookings = (waiting(), ready(), ungated(), failed(), processing(), escalated())
    before = bookings[5].escalation_text

    run("escalate", *bookings)

    assert states(*bookings) == [
        "escalated",
        "escalated",
        "escalated",
        "escalated",
        "processing",
        "escalated",
    ]
    assert (bookings[0].escalation_code, bookings[0].escalation_text) == ("by_hand", REASON)
    assert bookings[5].escalation_text == before


def test_retry_sends_failed_and_escalated_ones_through_the_gate() -> None:
    bookings = (failed(), escalated(), waiting(), processing())

    run("retry", *bookings)

    assert states(*bookings) == ["ready", "ready", "waiting", "processing"]
    assert [booking.pool_processing_attempts for booking in bookings] == [0, 0, 0, 1]


def test_release_takes_an_entry_from_its_worker_and_charges_no_attempt() -> None:
    held, other = processing(), ready()

    run("release", held, other)

    assert states(held, other) == ["ready", "ready"]
    assert (held.pool_claimed_by, held.pool_lease_until, held.pool_processing_attempts) == (
        "",
        None,
        0,
    )


def test_cancel_ends_bookings_and_frees_their_people() -> None:
    person = InterpreterFactory()
    done = approved(person, starts_at=waiting().starts_at)
    bookings = (done, ready(), processing(), escalated())

    run("cancel", *bookings)

    assert states(*bookings) == ["cancelled"] * 4
    assert Assignment.objects.get(booking=done).state == "cancelled"


def test_a_double_click_has_one_effect_and_shows_the_first_result() -> None:
    client, booking = client_of("coordinator"), failed()
    fields = hidden(first_step(client, "retry", booking)) | {"reason": REASON}

    once = second_step(client, "retry", fields)
    events = AuditEvent.objects.count()
    again = second_step(client, "retry", fields)

    assert once.headers["Location"] == again.headers["Location"]
    assert AuditEvent.objects.count() == events
    assert Operation.objects.filter(kind="retry").count() == 1


@pytest.mark.parametrize("other", ["rows", "reason"])
def test_a_token_that_comes_again_for_something_else_is_refused(other: str) -> None:
    client, first, second = client_of("coordinator"), failed(), failed()
    fields = hidden(first_step(client, "retry", first)) | {"reason": REASON}
    second_step(client, "retry", fields)
    before = digest()
    if other == "rows":
        fresh = hidden(first_step(client, "retry", second))
        sent = fields | {"selection": fresh["selection"]}
    else:
        sent = fields | {"reason": "Something else."}

    answer = second_step(client, "retry", sent)

    assert answer.status_code == 409
    assert "with other rows or another reason" in answer.context["error"]
    assert answer.context["token"] != fields["token"]
    assert digest() == before
    assert states(second) == ["failed"]


def test_the_result_page_tells_each_row_and_only_to_who_did_it() -> None:
    client, gone, held = client_of("coordinator"), failed(ref="A"), processing(ref="B")
    fields = hidden(first_step(client, "retry", gone, held)) | {"reason": REASON}

    page = second_step(client, "retry", fields).headers["Location"]

    operation = Operation.objects.get(kind="retry")
    assert operation.result == {
        "label": "Retry: back through the gate",
        "changed": 1,
        "rows": [
            {"pk": gone.pk, "ref": "A", "before": "failed", "after": "ready"},
            {"pk": held.pk, "ref": "B", "before": "processing", "after": "processing"},
        ],
    }
    assert "1 of 2 changed" in client.get(page).content.decode()
    assert client_of("lead").get(page).status_code == 404


def test_the_reason_stands_in_the_audit_trail_with_who_gave_it() -> None:
    booking = waiting()

    run("escalate", booking)

    event = AuditEvent.objects.filter(object_ref=booking.ref).first()
    assert event is not None
    assert (event.action, event.actor, event.reason) == ("escalate", "coordinator", REASON)


@pytest.mark.parametrize("reason", ["", "    ", "abcd", "x" * 501])
def test_a_bad_reason_is_asked_for_again_and_nothing_happens(reason: str) -> None:
    client, booking = client_of("coordinator"), waiting()
    fields = hidden(first_step(client, "escalate", booking)) | {"reason": reason}

    answer = second_step(client, "escalate", fields)

    assert (answer.status_code, states(booking)) == (400, ["waiting"])
    assert "Write a reason" in answer.content.decode()


@pytest.mark.parametrize("forged", ["", "x", "[1,2,3]", "eyJ:a:b"])
def test_a_forged_selection_goes_back_to_the_list(forged: str) -> None:
    booking = waiting()
    fields = {"selection": forged, "token": "t", "reason": REASON}

    answer = second_step(client_of("coordinator"), "escalate", fields)

    assert (answer.status_code, states(booking)) == (302, ["waiting"])


def test_a_selection_of_somebody_else_or_for_another_action_is_refused() -> None:
    booking = waiting()
    fields = hidden(first_step(client_of("lead"), "retry", booking)) | {"reason": REASON}

    second_step(client_of("coordinator"), "escalate", fields)
    second_step(client_of("coordinator", name="b"), "retry", fields)

    assert states(booking) == ["waiting"]
    assert not Operation.objects.exists()


def test_an_action_that_does_not_exist_is_not_found() -> None:
    assert second_step(client_of("superuser"), "explode", {}).status_code == 404


def test_more_rows_than_an_action_takes_are_cut_and_said(
    django_assert_max_num_queries: Any,
) -> None:
    first = ungated()
    Booking.objects.bulk_create(
        Booking(
            ref=f"R-{number}",
            title="Talk",
            meeting_type="VIP",
            languages="en",
            starts_at=first.starts_at,
            ends_at=first.ends_at,
        )
        for number in range(1000)
    )
    client = client_of("superuser")
    data = {"action": "escalate", "select_across": "1", "index": 0, "_selected_action": 1}

    with django_assert_max_num_queries(14):
        answer = client.post(reverse("admin:assignment_booking_changelist") + "?when=all", data)

    assert answer.context["too_many"] == 1000
    assert len(answer.context["touched"]) == 1000
