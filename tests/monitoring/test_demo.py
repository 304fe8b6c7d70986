"""The first start: what it loads, who can sign in, and how the one-time password ends."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from assignment.models import Booking, Interpreter
from monitoring.demo import make_lead, prepare
from monitoring.one_time_password import has_one_time_password, set_one_time_password

NOW = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)
OWN = "correct horse battery staple"

needs_database = pytest.mark.django_db(transaction=True)


@needs_database
def test_the_first_start_loads_sweeps_and_tells_the_password_last() -> None:
    out = io.StringIO()

    call_command("prepare_demo", "--now", "2026-11-23T06:00:00Z", stdout=out)

    lines = out.getvalue().splitlines()
    assert lines[0].startswith("Sample data: 42 interpreters in 3 teams with 21 times of leave, ")
    assert any(line.startswith("assigned ") for line in lines)
    assert re.fullmatch(r"User: +lead", lines[-2])
    found = re.fullmatch(
        r"One-time password: +(\S{16})   \(you choose your own after signing in\)", lines[-1]
    )
    assert found
    lead = User.objects.get()
    assert lead.check_password(found[1])
    assert (lead.username, lead.is_staff, lead.is_superuser) == ("lead", True, False)
    assert set(lead.groups.values_list("name", flat=True)) == {"lead", "operator"}
    assert Booking.objects.filter(state="approved").exists()


@needs_database
def test_a_second_start_changes_nothing_and_says_how_to_reset() -> None:
    first = prepare(now=NOW)
    password = User.objects.get().password

    second = prepare(now=NOW)
    out = io.StringIO()
    call_command("prepare_demo", "--now", "2026-11-23T06:00:00Z", stdout=out)

    assert first.loaded
    assert (second.loaded, second.password) == (None, None)
    assert Booking.objects.count() == first.loaded.bookings
    assert User.objects.get().password == password
    assert out.getvalue().splitlines()[-1] == (
        "User: lead. A lost password is set anew with: manage.py changepassword lead"
    )


@needs_database
def test_each_later_start_sweeps_what_is_due_by_then() -> None:
    first, hour = prepare(now=NOW), dt.timedelta(hours=1)
    due = Booking.objects.filter(pool_deadline_time__lte=NOW + 30 * hour, pool_status="waiting")
    refs = sorted(due.values_list("ref", flat=True))

    later = prepare(now=NOW + 30 * hour)

    assert refs
    assert sorted(entry.booking for entry in later.report.entries) == refs
    assert (later.loaded, later.report.run) == (None, (first.report.run or 0) + 1)


@needs_database
def test_a_database_in_use_gets_neither_sample_nor_lead() -> None:
    User.objects.create_user("ana")
    Interpreter.objects.create(ref="IN-1", name="Somchai Example", languages="ja")

    demo = prepare(now=NOW)

    assert (demo.loaded, demo.user, demo.password) == (None, "", None)
    assert (Booking.objects.count(), Interpreter.objects.count()) == (0, 1)
    assert list(User.objects.values_list("username", flat=True)) == ["ana"]


@pytest.mark.django_db
def test_a_one_time_password_opens_only_the_choice_of_another() -> None:
    password = make_lead()
    assert password
    client = Client()
    client.post("/admin/login/", {"username": "lead", "password": password})

    for address in ("/admin/", "/admin/assignment/booking/"):
        response = client.get(address)
        assert response.status_code == 302
        assert response.headers["Location"] == "/admin/password_change/"
    page = client.get("/admin/password_change/").content.decode()
    assert "Choose a password of your own first." in page

    client.post(
        "/admin/password_change/",
        {"old_password": password, "new_password1": OWN, "new_password2": OWN},
    )

    assert client.get("/admin/assignment/booking/").status_code == 200
    assert not has_one_time_password(User.objects.get())


@pytest.mark.django_db
def test_the_sample_lead_may_do_what_the_readme_shows() -> None:
    make_lead()
    client = Client()
    lead = User.objects.get()
    lead.set_password(OWN)
    lead.save()
    client.force_login(lead)

    page = client.get("/admin/").content.decode()

    for button in ("Hold all claims", "Emergency override", "Run the sweep now"):
        assert button in page
    reason = {"reason": "Storm in the data centre."}
    assert client.post("/admin/hold/", reason).status_code == 302
    assert "Lift this hold" in client.get("/admin/hold/").content.decode()


@pytest.mark.django_db
def test_a_one_time_password_stays_one_after_the_first_login() -> None:
    password = make_lead()
    assert password
    assert Client().login(username="lead", password=password)

    assert has_one_time_password(User.objects.get())


def test_the_mark_goes_with_the_password() -> None:
    user = User(username="ana")
    first, second = set_one_time_password(user), set_one_time_password(user)
    assert first != second
    assert user.check_password(second)
    assert has_one_time_password(user)

    user.set_password("onetime$onetime")

    assert not has_one_time_password(user)
