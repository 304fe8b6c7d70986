"""A field that is filled by searching names what is wrong with anything that is no id."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories.people import InterpreterFactory
from tests.pooling.admin.forms import opened, page_of
from tests.pooling.admin.people import client_of, waiting

pytestmark = pytest.mark.django_db

NO_IDS = ["abc", "-1", "1.5", "9" * 40, "٣", "\ufeff", "99999999999999999999"]


@pytest.mark.parametrize("value", NO_IDS)
@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("assignment_booking", "team"),
        ("assignment_booking", "tenant"),
        ("assignment_interpreter", "team"),
        ("assignment_leave", "interpreter"),
        ("assignment_donotsend", "interpreter"),
        ("assignment_ledgeradjustment", "interpreter"),
        ("assignment_team", "tenant"),
        ("assignment_team", "staff"),
    ],
)
def test_what_is_no_id_is_an_error_of_its_field(page: str, field: str, value: str) -> None:
    client = client_of("superuser")
    sent = {"leave-TOTAL_FORMS": 0, "leave-INITIAL_FORMS": 0}
    sent |= {"people-TOTAL_FORMS": 0, "people-INITIAL_FORMS": 0}

    answer = client.post(reverse(f"admin:{page}_add"), sent | {field: value})

    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors


@pytest.mark.parametrize("value", NO_IDS)
def test_what_is_no_id_is_an_error_of_its_row(value: str) -> None:
    booking = waiting()
    client = client_of("lead")
    row = {"people-TOTAL_FORMS": 1, "people-0-kind": "pinned", "people-0-interpreter": value}

    answer = client.post(page_of(booking), opened(client, booking) | row)

    assert answer.status_code == 200
    assert not booking.people.exists()


def test_what_was_chosen_is_shown_again() -> None:
    person, client = InterpreterFactory(), client_of("superuser")

    one = client.post(reverse("admin:assignment_leave_add"), {"interpreter": person.pk})
    many = client.post(reverse("admin:assignment_team_add"), {"staff": [one.wsgi_request.user.pk]})

    assert f'<option value="{person.pk}" selected>' in one.content.decode()
    assert f'<option value="{one.wsgi_request.user.pk}" selected>' in many.content.decode()
