"""Sessions, presence and desks in the admin: seen, worked, and only by those who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment import sessions
from assignment.audit import COMMAND
from assignment.models import Assignment, AuditEvent, Desk, Presence, Session, Tenant
from tests.factories.people import InterpreterFactory, TeamFactory
from tests.factories.sessions import DeskFactory, SessionFactory
from tests.pooling.admin.desks import desk_of_ann_and_bob, limited_to, served, waiting
from tests.pooling.admin.people import client_of

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/assignment/session/"


@pytest.fixture
def desk() -> Desk:
    """A desk with Ann and Bob online."""
    return desk_of_ann_and_bob()


def do(client: Client, session: Session, name: str, **data: Any) -> Any:
    """Send the page of an action."""
    sent = {"token": "t1", "reason": "It has to be so."} | data
    return client.post(f"{LIST}{session.pk}/do/{name}/", sent)


def test_a_new_session_is_served_while_it_is_saved(desk: Desk) -> None:
    client = client_of("coordinator")
    answer = client.post(
        f"{LIST}add/",
        {
            "ref": "S-1",
            "team": desk.team_id,
            "channel": "chat",
            "priority": 5,
            "languages": "TH;ja",
        },
        follow=True,
    )

    session = Session.objects.get(ref="S-1")
    assert (session.state, session.languages) == ("assigned", "ja;th")
    told = [str(message) for message in answer.context["messages"]]
    assert "S-1 is now assigned, given to Ann" in told
    events = AuditEvent.objects.filter(object_ref="S-1").order_by("pk")
    assert list(events.values_list("action", "actor")) == [
        ("session_request", "coordinator"),
        ("session_assign", "coordinator"),
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"team": ""}, "Name a team or a tenant"),
        ({"languages": "klingon-speech!"}, "is no language"),
        ({"priority": 11}, "less than or equal to 10"),
        ({"ref": "bad ref"}, "Use letters, digits"),
    ],
)
def test_a_wrong_session_is_refused_with_a_sentence(
    desk: Desk, change: dict[str, Any], sentence: str
) -> None:
    sent = {"ref": "S-1", "team": desk.team_id, "channel": "chat", "priority": 5, "languages": "ja"}
    answer = client_of("coordinator").post(f"{LIST}add/", sent | change)

    assert sentence in answer.content.decode()
    assert not Session.objects.exists()


def test_a_team_of_another_tenant_is_refused(desk: Desk) -> None:
    tenant = Tenant.objects.create(ref="other", name="Other")
    sent = {"ref": "S-1", "team": desk.team_id, "tenant": tenant.pk, "channel": "chat"}
    answer = client_of("coordinator").post(f"{LIST}add/", sent | {"priority": 5, "languages": "ja"})

    assert "does not belong to tenant other" in answer.content.decode()


def test_the_list_says_who_has_each_and_why_others_wait(desk: Desk) -> None:
    served(desk, ref="given")
    late = waiting(desk, ref="late", languages="xx")
    sessions.drain(desk, now=timezone.now(), actor=COMMAND)
    page = client_of("viewer").get(LIST).content.decode()

    assert "Ann" in page
    assert "Nobody of 2 can: 2 without the languages." in page
    only = client_of("viewer", name="second").get(f"{LIST}?stage=queued")
    assert [row.pk for row in only.context["cl"].result_list] == [late.pk]


def test_the_page_tells_place_decision_candidates_and_timeline(desk: Desk) -> None:
    Presence.objects.filter(interpreter__ref="B").update(status="away")
    first = waiting(desk, ref="first", channel="phone", priority=9)
    second = waiting(desk, ref="second", channel="phone")
    third = waiting(desk, ref="third", channel="phone")
    sessions.drain(desk, now=timezone.now(), actor=COMMAND)
    client = client_of("viewer")

    page = client.get(f"{LIST}{first.pk}/change/").content.decode()
    assert "With Ann" in page
    assert "Number 1 of 1 equals was next in the round robin." in page
    assert "Is away." in page
    assert "Assign now" not in page  # a viewer acts on nothing
    assert "Number 1 in the queue" in client.get(f"{LIST}{second.pk}/change/").content.decode()
    page = client.get(f"{LIST}{third.pk}/change/").content.decode()
    assert "Number 2 in the queue" in page
    assert (
        "Is busy with first. At most 2 at once where all are chats; a call or booking alone. "
        "Room comes when one of these ends or goes to somebody else." in page
    )


def test_the_actions_do_one_thing_each(desk: Desk) -> None:
    session = served(desk)
    client = client_of("coordinator")
    ann, bob = (Presence.objects.get(interpreter__ref=ref).interpreter_id for ref in "AB")

    assert do(client, session, "accept").status_code == 302
    session.refresh_from_db()
    assert session.state == "accepted"
    assert do(client, session, "transfer", person=bob).status_code == 302
    assert Assignment.objects.get(state="active").interpreter_id == bob
    page = client.get(f"{LIST}{session.pk}/change/")
    assert [str(message) for message in page.context["messages"]] == [
        f"{session.ref} was accepted for its interpreter.",
        f"{session.ref} was transferred to Bob.",
    ]
    assert do(client, session, "hand_over").status_code == 302
    page = client.get(f"{LIST}{session.pk}/change/")
    assert [str(message) for message in page.context["messages"]] == [
        f"{session.ref} was handed over to the desk."
    ]
    assert Assignment.objects.get(state="active").interpreter_id == ann
    assert do(client, session, "resolve").status_code == 302
    session.refresh_from_db()
    assert session.state == "resolved"
    who = AuditEvent.objects.filter(object_ref=session.ref, actor="coordinator")
    assert set(who.values_list("action", flat=True)) >= {
        "session_accepted",
        "session_transfer",
        "session_handed_over",
        "session_resolved",
    }


def test_who_can_be_chosen_is_named_with_the_presence_but_for_the_holder(desk: Desk) -> None:
    session = served(desk)
    for ref, status in (("C", "away"), ("D", None), ("E", "online")):
        person = InterpreterFactory.create(ref=ref, name=f"Zoe {ref}", team=desk.team)
        if status:
            Presence.objects.create(interpreter=person, status=status, since=timezone.now())

    page = client_of("coordinator").get(f"{LIST}{session.pk}/do/transfer/")

    assert [label for _, label in page.context["form"].fields["person"].choices] == [
        "---------",
        "Bob (B): online",
        "Zoe E (E): online",
        "Zoe C (C): away",
        "Zoe D (D): offline",
    ]


def test_a_session_that_waits_leads_to_its_desk(desk: Desk) -> None:
    Desk.objects.update(time_zone="")
    desk.refresh_from_db()
    session = waiting(desk)
    sessions.drain(desk, now=timezone.now(), actor=COMMAND)

    page = client_of("viewer").get(f"{LIST}{session.pk}/change/").content.decode()

    link = f'<a href="/admin/assignment/desk/{desk.pk}/change/">Open the desk</a>'
    assert f"it is closed. Set one. {link}" in page


def test_a_double_click_has_one_effect(desk: Desk) -> None:
    session = served(desk)
    client = client_of("coordinator")
    assert do(client, session, "hand_over", token="same").status_code == 302
    assert do(client, session, "hand_over", token="same").status_code == 302

    assert AuditEvent.objects.filter(action="session_handed_over").count() == 1


def test_a_refusal_is_a_sentence_and_changes_nothing(desk: Desk) -> None:
    session = served(desk)
    Presence.objects.filter(interpreter__ref="B").update(status="offline")
    bob = Presence.objects.get(interpreter__ref="B").interpreter_id
    answer = do(client_of("coordinator"), session, "transfer", person=bob)

    assert answer.status_code == 400
    assert "B: Is offline." in answer.content.decode()
    assert Assignment.objects.get().interpreter.ref == "A"


def test_a_reason_is_asked_for_and_a_get_does_nothing(desk: Desk) -> None:
    session = served(desk)
    client = client_of("coordinator")
    answer = do(client, session, "resolve", reason="no")
    assert answer.status_code == 400
    assert "at least 5 characters" in answer.content.decode()
    assert client.get(f"{LIST}{session.pk}/do/resolve/").status_code == 200
    session.refresh_from_db()
    assert session.state == "assigned"


@pytest.mark.parametrize("role", ["viewer", "auditor", "operator", "staff"])
def test_who_may_not_act_is_refused_and_nothing_changes(desk: Desk, role: str) -> None:
    session = served(desk)
    client = client_of(role)
    for name in ("accept", "transfer", "hand_over", "resolve", "assign_now"):
        assert do(client, session, name).status_code == 403
        assert client.get(f"{LIST}{session.pk}/do/{name}/").status_code == 403
    session.refresh_from_db()
    assert session.state == "assigned"


def test_a_limited_coordinator_sees_and_works_only_the_own_desk(desk: Desk) -> None:
    other = DeskFactory.create(team=TeamFactory.create(ref="law"))
    foreign = SessionFactory.create(ref="foreign", team=other.team)
    mine = served(desk, ref="mine")
    client = limited_to(desk.team)

    shown = client.get(LIST).context["cl"].result_list
    assert [row.ref for row in shown] == ["mine"]
    assert client.get(f"{LIST}{mine.pk}/change/").status_code == 200
    assert client.get(f"{LIST}{foreign.pk}/change/").status_code == 302
    assert do(client, foreign, "resolve").status_code == 404
    desks = client.get("/admin/assignment/desk/").context["cl"].result_list
    assert [row.pk for row in desks] == [desk.pk]
    sent = {"ref": "new", "team": other.team_id, "channel": "chat", "priority": 5}
    answer = client.post(f"{LIST}add/", sent | {"languages": "ja"})
    assert "Select a valid choice" in answer.content.decode()
    assert not Session.objects.filter(ref="new").exists()


def test_a_limited_coordinator_must_name_a_team(desk: Desk) -> None:
    tenant = Tenant.objects.create(ref="customer", name="Customer")
    sent = {"ref": "new", "tenant": tenant.pk, "channel": "chat", "priority": 5, "languages": "ja"}
    answer = limited_to(desk.team).post(f"{LIST}add/", sent)

    assert "Choose one of your teams." in answer.content.decode()


def test_work_for_a_session_is_shown_among_the_assignments(desk: Desk) -> None:
    session = served(desk)
    client = client_of("viewer")
    page = client.get("/admin/assignment/assignment/?purpose=session").content.decode()
    assert session.ref in page
    others = client.get("/admin/assignment/assignment/?purpose=booking")
    assert others.context["cl"].result_count == 0
    assert client.get("/admin/assignment/assignment/?purpose=x").status_code == 302
    person = Assignment.objects.get().interpreter_id
    shown = client.get(reverse("admin:assignment_interpreter_change", args=(person,)))
    assert session.ref in shown.content.decode()


def test_the_usual_step_stands_out_and_only_the_end_is_red(desk: Desk) -> None:
    session = served(desk)

    page = client_of("coordinator").get(f"{LIST}{session.pk}/change/").content.decode()

    looks = {
        name: page.split(f"/do/{name}/")[0].rsplit('class="', 1)[1].split('"')[0]
        for name in ("accept", "transfer", "hand_over", "resolve")
    }
    assert looks == {
        "accept": "button primary",
        "transfer": "button",
        "hand_over": "button",
        "resolve": "button quiet-danger",
    }
    session.refresh_from_db()
    assert session.accept_by
    assert f"{session.accept_by:%H:%M:%S} " in page
