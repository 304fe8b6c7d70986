"""A coordinator who is limited to a team sees and touches its rows alone."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from assignment.models import Booking, DoNotSend, Interpreter, Leave, Team
from tests.factories.bookings import approved
from tests.factories.people import InterpreterFactory, LeaveFactory, TeamFactory
from tests.pooling.admin.people import client_of, escalated, in_hours, waiting

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, kw_only=True)
class World:
    """Two teams with the same rows, and who is limited to the first."""

    client: Client
    mine: Team
    theirs: Team


@pytest.fixture
def world() -> World:
    client = client_of("coordinator")
    mine, theirs = TeamFactory(ref="mine"), TeamFactory(ref="theirs")
    mine.staff.add(client.session["_auth_user_id"])
    for team in (mine, theirs):
        person = InterpreterFactory(ref=f"IN-{team.ref}", name=f"Nao {team.ref}", team=team)
        approved(person, ref=f"done-{team.ref}", team=team, starts_at=in_hours(48))
        waiting(ref=f"wait-{team.ref}", team=team)
        escalated(ref=f"esc-{team.ref}", team=team)
        LeaveFactory(interpreter=person, starts_at=in_hours(1), ends_at=in_hours(2))
        DoNotSend.objects.create(owner="Ministry", interpreter=person)
    waiting(ref="wait-nobody")
    return World(client=client, mine=mine, theirs=theirs)


@pytest.mark.parametrize(
    ("page", "count"),
    [
        ("assignment_booking", 3),
        ("pooling_poolentry", 1),
        ("pooling_attention", 1),
        ("assignment_interpreter", 1),
        ("assignment_leave", 1),
        ("assignment_donotsend", 1),
        ("assignment_assignment", 1),
        ("assignment_team", 1),
    ],
)
def test_a_list_holds_only_the_rows_of_the_team(world: World, page: str, count: int) -> None:
    rows = world.client.get(reverse(f"admin:{page}_changelist")).context["cl"].result_list

    assert len(rows) == count
    assert "theirs" not in " ".join(str(row) for row in rows)


def test_somebody_in_no_team_sees_all(world: World) -> None:
    client = client_of("coordinator", name="free")

    page = client.get(reverse("admin:assignment_booking_changelist"))

    assert len(page.context["cl"].result_list) == Booking.objects.count() == 7


def test_the_page_of_another_team_s_row_does_not_exist(world: World) -> None:
    for model, row in (
        ("booking", Booking.objects.get(ref="wait-theirs")),
        ("interpreter", Interpreter.objects.get(ref="IN-theirs")),
        ("leave", Leave.objects.get(interpreter__team=world.theirs)),
        ("team", world.theirs),
    ):
        answer = world.client.get(reverse(f"admin:assignment_{model}_change", args=(row.pk,)))
        assert answer.status_code == 302


def test_a_search_for_people_finds_only_those_of_the_team(world: World) -> None:
    answer = world.client.get(
        reverse("admin:autocomplete"),
        {
            "app_label": "assignment",
            "model_name": "bookingperson",
            "field_name": "interpreter",
            "term": "Nao",
        },
    )

    assert [row["text"] for row in answer.json()["results"]] == ["Nao mine"]


def test_an_action_leaves_other_teams_alone(world: World) -> None:
    chosen = list(Booking.objects.filter(ref__startswith="wait").values_list("pk", flat=True))
    data = {"action": "escalate", "_selected_action": chosen, "index": 0}

    answer = world.client.post(reverse("admin:assignment_booking_changelist"), data)

    assert [row.ref for row in answer.context["touched"]] == ["wait-mine"]


def test_rows_that_left_the_team_between_the_steps_are_left_alone(world: World) -> None:
    booking = Booking.objects.get(ref="wait-mine")
    data = {"action": "escalate", "_selected_action": booking.pk, "index": 0}
    first = world.client.post(reverse("admin:assignment_booking_changelist"), data)
    Booking.objects.filter(pk=booking.pk).update(team=world.theirs)

    fields = {name: first.context[name] for name in ("selection", "token")}
    address = reverse("admin:assignment_booking_do", args=("escalate",))
    world.client.post(address, fields | {"reason": "It must go."})

    booking.refresh_from_db()
    assert booking.pool_status == "waiting"


def test_an_export_holds_only_the_rows_of_the_team(world: World) -> None:
    chosen = list(Booking.objects.values_list("pk", flat=True))
    data = {"action": "export_bookings", "_selected_action": chosen, "index": 0}

    answer = world.client.post(reverse("admin:assignment_booking_changelist"), data)

    text = answer.getvalue().decode("utf-8-sig")
    assert sorted(row["ref"] for row in csv.DictReader(io.StringIO(text))) == [
        "done-mine",
        "esc-mine",
        "wait-mine",
    ]


def test_a_leave_for_somebody_of_another_team_is_refused(world: World) -> None:
    person = Interpreter.objects.get(ref="IN-theirs")
    times = {
        "starts_at_0": "2030-01-01",
        "starts_at_1": "00:00",
        "ends_at_0": "2030-01-02",
        "ends_at_1": "00:00",
    }

    answer = world.client.post(
        reverse("admin:assignment_leave_add"), {"interpreter": person.pk, "reason": ""} | times
    )

    assert "interpreter" in answer.context["adminform"].form.errors
    assert Leave.objects.count() == 2


def test_the_audit_trail_of_all_teams_is_closed_to_somebody_limited(world: World) -> None:
    lead = client_of("lead")
    world.mine.staff.add(lead.session["_auth_user_id"])

    assert lead.get(reverse("admin:assignment_auditevent_changelist")).status_code == 403


def test_the_limit_is_not_lifted_by_those_whom_it_binds(world: World) -> None:
    lead = client_of("lead")
    world.mine.staff.add(lead.session["_auth_user_id"])

    page = lead.get(reverse("admin:assignment_team_change", args=(world.mine.pk,)))

    assert "staff" not in page.context["adminform"].form.fields
