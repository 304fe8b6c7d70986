"""Facts about people stay where they can be shown and reckoned with."""

from __future__ import annotations

import pytest
from django.urls import reverse

from assignment.models import Leave, LedgerAdjustment
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.forms import errors_of
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db


def correction(minutes: str, *, day: str = "2026-11-20") -> dict[str, str]:
    """A filled-in correction of the ledger."""
    person = InterpreterFactory()
    return {
        "interpreter": str(person.pk),
        "minutes": minutes,
        "kind": "credit",
        "effective_at_0": day,
        "effective_at_1": "10:00",
        "reason": "Travel.",
    }


@pytest.mark.parametrize("minutes", ["0", "120001", "-120001", "2147483647", str(2**63 - 1)])
def test_a_correction_that_nobody_could_work_is_refused(minutes: str) -> None:
    address = reverse("admin:assignment_ledgeradjustment_add")

    answer = client_of("lead").post(address, correction(minutes))

    said = "Give minutes from -120,000 to 120,000, but not 0."
    assert errors_of(answer) == {"minutes": [said]}
    assert not LedgerAdjustment.objects.exists()


@pytest.mark.parametrize("minutes", ["120000", "-120000", "1"])
def test_a_correction_of_any_other_size_is_taken(minutes: str) -> None:
    client = client_of("lead")

    client.post(reverse("admin:assignment_ledgeradjustment_add"), correction(minutes))

    assert LedgerAdjustment.objects.get().minutes == int(minutes)
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "1900-01-01", "9999-12-31"])
def test_a_correction_outside_the_calendar_is_refused(day: str) -> None:
    answer = client_of("lead").post(
        reverse("admin:assignment_ledgeradjustment_add"), correction("5", day=day)
    )

    assert list(errors_of(answer)) == ["effective_at"]


def test_a_leave_outside_the_calendar_is_refused() -> None:
    sent = {
        "interpreter": str(InterpreterFactory().pk),
        "starts_at_0": "0001-01-01",
        "starts_at_1": "00:00",
        "ends_at_0": "9999-12-31",
        "ends_at_1": "23:59",
        "reason": "",
    }

    answer = client_of("coordinator").post(reverse("admin:assignment_leave_add"), sent)

    assert list(errors_of(answer)) == ["starts_at", "ends_at"]
    assert not Leave.objects.exists()


def test_a_leave_below_a_person_follows_the_same_limit() -> None:
    person = InterpreterFactory()
    row = {
        "leave-TOTAL_FORMS": "1",
        "leave-INITIAL_FORMS": "0",
        "leave-0-starts_at_0": "2026-11-20",
        "leave-0-starts_at_1": "00:00",
        "leave-0-ends_at_0": "9999-12-31",
        "leave-0-ends_at_1": "23:59",
    }

    answer = client_of("lead").post(
        reverse("admin:assignment_interpreter_change", args=(person.pk,)),
        {"name": person.name, "languages": person.languages, "weight": "1"} | row,
    )

    inline = answer.context["inline_admin_formsets"][0].formset
    assert list(inline.errors[0]) == ["ends_at"]
    assert not Leave.objects.exists()


def test_not_to_be_available_is_noted_without_minutes() -> None:
    client = client_of("lead")
    address = reverse("admin:assignment_ledgeradjustment_add")

    refused = client.post(address, correction("30") | {"kind": "not_available"})
    client.post(address, correction("0") | {"kind": "not_available"})

    said = "Give 0 minutes: not to be available costs nothing."
    assert errors_of(refused) == {"minutes": [said]}
    assert [row.minutes for row in LedgerAdjustment.objects.all()] == [0]


def test_a_calibration_is_reckoned_and_never_posted() -> None:
    address, client = reverse("admin:assignment_ledgeradjustment_add"), client_of("lead")

    answer = client.post(address, correction("60") | {"kind": "calibration"})

    assert list(errors_of(answer)) == ["kind"]
    assert "calibration" not in client.get(address).content.decode()
    assert not LedgerAdjustment.objects.exists()
