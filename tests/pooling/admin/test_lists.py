"""Lists: one number of queries however many rows, numbers that match, no address that breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from assignment.audit import COMMAND, Entry, record
from assignment.models import (
    Booking,
    BookingPerson,
    DoNotSend,
    LedgerAdjustment,
    Tenant,
)
from pooling.admin import lists
from pooling.sweep import sweep
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, LeaveFactory, TeamFactory
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


def an_entry() -> None:
    waiting(team=TeamFactory())


def a_booking() -> None:
    approved(InterpreterFactory(), team=TeamFactory(), starts_at=in_hours(48))


def a_run() -> None:
    ready()
    sweep(now=in_hours(0), slot=f"slot {Booking.objects.count()}", actor=COMMAND)


def a_leave() -> None:
    LeaveFactory(starts_at=in_hours(1), ends_at=in_hours(2))


def an_adjustment() -> None:
    LedgerAdjustment.objects.create(
        interpreter=InterpreterFactory(),
        minutes=60,
        kind="credit",
        effective_at=in_hours(0),
        reason="Travel.",
    )


def an_unwanted() -> None:
    DoNotSend.objects.create(owner="Ministry", interpreter=InterpreterFactory())


def a_tenant() -> None:
    Tenant.objects.create(ref=f"t-{Tenant.objects.count()}", name="Clinic")


def an_event() -> None:
    entry = Entry(action="gate", object_type="booking", object_ref="B", reason="Due.")
    record([entry], actor=COMMAND)


# 2 for who is signed in, 2 for the count and the rows, the rest for the choices of filters; the
# list of interpreters reads the ledger once.
QUERIES: dict[str, tuple[Callable[[], Any], int]] = {
    "assignment_booking": (a_booking, 7),
    "pooling_poolentry": (an_entry, 6),
    "pooling_attention": (lambda: escalated(team=TeamFactory()), 9),
    "pooling_run": (a_run, 4),
    "pooling_plan": (a_run, 4),
    "assignment_decision": (a_run, 4),
    "assignment_assignment": (a_booking, 4),
    "assignment_auditevent": (an_event, 6),
    "assignment_interpreter": (lambda: InterpreterFactory(team=TeamFactory()), 9),
    "assignment_leave": (a_leave, 4),
    "assignment_donotsend": (an_unwanted, 4),
    "assignment_ledgeradjustment": (an_adjustment, 4),
    "assignment_team": (TeamFactory, 5),
    "assignment_tenant": (a_tenant, 4),
}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("page", QUERIES)
def test_a_list_asks_as_often_for_three_rows_as_for_one(
    page: str, rows: int, django_assert_num_queries: Any
) -> None:
    make, queries = QUERIES[page]
    for _ in range(rows):
        make()
    client = client_of("superuser")
    address = reverse(f"admin:{page}_changelist")
    client.get(address)

    with django_assert_num_queries(queries):
        answer = client.get(address)

    assert len(answer.context["cl"].result_list) >= rows


def found(page: str, query: str) -> list[str]:
    """The refs that a list shows."""
    answer = client_of("superuser", name=query or "x").get(
        f"{reverse(f'admin:{page}_changelist')}?{query}"
    )
    assert answer.status_code == 200
    return sorted(row.ref for row in answer.context["cl"].result_list)


@pytest.fixture
def _one_of_each() -> None:
    person = InterpreterFactory()
    waiting(ref="WAIT", title="Alpha talk", meeting_type="VIP", languages="ja;th")
    ready(ref="READY", languages="en>ja")
    processing(ref="PROC")
    processing(ref="STUCK", pool_lease_until=in_hours(-1))
    ready(ref="LATE", pool_deadline_time=in_hours(-3))
    failed(ref="FAIL")
    escalated(ref="ESC")
    ungated(ref="NEW")
    approved(person, ref="DONE", starts_at=in_hours(48))
    approved(person, ref="PAST", starts_at=in_hours(-72))


@pytest.mark.usefixtures("_one_of_each")
@pytest.mark.parametrize(
    ("page", "query", "refs"),
    [
        ("pooling_poolentry", "", "FAIL LATE PROC READY STUCK WAIT"),
        ("pooling_poolentry", "pool=waiting", "WAIT"),
        ("pooling_poolentry", "pool=ready", "LATE READY"),
        ("pooling_poolentry", "pool=due", "LATE PROC READY STUCK"),
        ("pooling_poolentry", "pool=processing", "PROC STUCK"),
        ("pooling_poolentry", "pool=stuck", "STUCK"),
        ("pooling_poolentry", "pool=overdue", "LATE"),
        ("pooling_poolentry", "pool=failed", "FAIL"),
        ("pooling_poolentry", "deadline=later", "WAIT"),
        ("pooling_poolentry", "deadline=past", "FAIL LATE PROC READY STUCK"),
        ("pooling_attention", "", "ESC FAIL"),
        ("pooling_attention", "pool=escalated", "ESC"),
        ("pooling_attention", "pool=failed", "FAIL"),
        ("assignment_booking", "", "DONE ESC FAIL LATE NEW PROC READY STUCK WAIT"),
        ("assignment_booking", "when=all", "DONE ESC FAIL LATE NEW PAST PROC READY STUCK WAIT"),
        ("assignment_booking", "when=past", "PAST"),
        ("assignment_booking", "pool=ungated", "NEW"),
        ("assignment_booking", "pool=person", "ESC FAIL"),
        ("assignment_booking", "pool=outside", "DONE ESC NEW PAST"),
        ("assignment_booking", "state__exact=approved", "DONE PAST"),
        ("assignment_booking", "meeting_type__exact=VIP", "WAIT"),
        ("assignment_booking", "language=en", "READY"),
        ("assignment_booking", "q=wai", "WAIT"),
        ("assignment_booking", "q=alpha", "WAIT"),
        ("assignment_booking", "q=nothing", ""),
    ],
)
def test_a_filter_shows_exactly_its_rows(page: str, query: str, refs: str) -> None:
    assert found(page, query) == refs.split()


@pytest.mark.usefixtures("_one_of_each")
def test_bookings_are_found_by_who_does_them() -> None:
    person = BookingPerson.objects.first() or Booking.objects.get(ref="DONE").assignments.get()

    assert found("assignment_booking", f"interpreter={person.interpreter_id}") == ["DONE", "PAST"]


PAGES = [*sorted(QUERIES), "auth_user", "auth_group"]
BAD = [
    "ref__exact=%00",
    "q=%00",
    "name__regex=(",
    "title__regex=(",
    "username__regex=(",
    "password__startswith=p",
    "pk__in=1,x",
    "team__id__exact=x",
    "team__name__exact=x",
    "team__id__exact=99999999999999999999999",
    "pool=nothing",
    "pool=",
    "deadline=x",
    "when=x",
    "made=x",
    "interpreter=x",
    "interpreter=" + "9" * 30,
    "language='",
    "state__exact=x",
    "p=x",
    "p=-1",
    "p=9999999",
    "o=99.x",
    "o=-1.-2.3",
    "all=",
    "e=1",
    "_to_field=x",
    "_popup=1",
    "nonsense=1",
    "active__exact=x",
    "id__lt=x",
    "pool=waiting&pool=failed",
    "action=__class__",
    "state__isnull=x",
]


@pytest.mark.parametrize("page", PAGES)
def test_no_address_breaks_a_list(page: str) -> None:
    client = client_of("superuser")
    address = reverse(f"admin:{page}_changelist")

    for query in BAD:
        answer = client.get(f"{address}?{query}")
        assert answer.status_code in (200, 302, 400), query


@pytest.mark.parametrize("page", PAGES)
def test_a_search_for_endless_words_is_refused(page: str) -> None:
    client = client_of("superuser")
    address = reverse(f"admin:{page}_changelist")

    assert client.get(address, {"q": "a " * 20}).status_code == 200
    assert client.get(address, {"q": "a " * 1_500}).status_code == 400


def test_a_search_for_endless_words_finds_no_choice() -> None:
    InterpreterFactory(name="a")
    where = {
        "app_label": "assignment",
        "model_name": "bookingperson",
        "field_name": "interpreter",
    }

    client = client_of("superuser")

    def found(term: str) -> int:
        answer = client.get(reverse("admin:autocomplete"), where | {"term": term})
        return len(answer.json()["results"])

    assert found("a " * 20) == 1
    assert found("a " * 1_500) == 0


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("chosen", ["x", "", "-1", "9" * 40, "1;drop", "٣"])
def test_a_selection_that_is_no_id_is_refused(page: str, chosen: str) -> None:
    data = {"action": "cancel", "_selected_action": chosen, "index": 0}

    answer = client_of("superuser").post(reverse(f"admin:{page}_changelist"), data)

    assert answer.status_code == 400


def test_too_many_selected_rows_are_refused() -> None:
    data = {"action": "cancel", "_selected_action": [str(pk) for pk in range(1, 1101)], "index": 0}

    answer = client_of("superuser").post(reverse("admin:assignment_booking_changelist"), data)

    assert answer.status_code == 400


@pytest.mark.parametrize("pk", ["0", "x", "9" * 40, "1'", "%00"])
@pytest.mark.parametrize(
    "page", ["assignment/booking", "pooling/run", "pooling/plan", "assignment/interpreter"]
)
def test_a_page_that_does_not_exist_goes_back(page: str, pk: str) -> None:
    answer = client_of("superuser").get(f"/admin/{page}/{pk}/change/")

    assert answer.status_code in (302, 400)


def test_a_long_list_is_counted_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNT_LIMIT", 2)
    for _ in range(3):
        waiting()

    page = client_of("superuser").get(reverse("admin:pooling_poolentry_changelist"))

    assert "2+ pool entries" in " ".join(page.content.decode().split())


def test_an_empty_list_says_what_to_do() -> None:
    page = client_of("viewer").get(reverse("admin:pooling_attention_changelist"))

    assert "Nothing needs a person." in page.content.decode()
