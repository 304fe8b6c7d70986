"""Importing in the admin: upload, preview, confirm; and exporting what a list shows."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import StreamingHttpResponse
from django.test import Client

from assignment.models import AuditEvent, Booking, Interpreter, Team
from pooling.admin.export_files import csv_response
from tests.assignment.imports.files import (
    GOOD,
    HEADER,
    PEOPLE_HEADER,
    database_digest,
    make_booking,
    make_team,
)

pytestmark = pytest.mark.django_db

BOOKINGS, PEOPLE = "/admin/import-bookings/", "/admin/import-interpreters/"
DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    """A folder of this test's own for uploads."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "uploads"


def sign_in(group: str = "coordinator", name: str = "ana") -> Client:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, address: str, *lines: str) -> str:
    """Upload a file of these lines and return the page that follows."""
    content = ("\n".join(lines) + "\n").encode()
    response = client.post(address, {"file": SimpleUploadedFile("file.csv", content)})
    assert response.status_code == 200
    return response.content.decode()


def confirm(client: Client, address: str, page: str) -> str:
    """Confirm the preview and return the page at which one arrives."""
    match = DIGEST.search(page)
    assert match
    response = client.post(address, {"digest": match[1]}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_preview_shows_the_changes_and_writes_nothing() -> None:
    make_booking("BK-2", title="Old")
    client, before = sign_in(), database_digest()

    page = upload(client, BOOKINGS, HEADER, GOOD, GOOD.replace("BK-1", "BK-2"))

    assert "file.csv: 1 new, 1 changed, 0 unchanged. Nothing is written yet." in page
    assert "<del>Old</del> → <ins>Budget talks</ins>" in page
    assert database_digest() == before


@pytest.mark.parametrize(("address", "kind"), [(BOOKINGS, "bookings"), (PEOPLE, "interpreters")])
def test_the_sample_of_the_page_can_be_imported(address: str, kind: str) -> None:
    client = sign_in("lead")

    sample = client.get(f"{address}sample.csv")
    assert sample.headers["Content-Disposition"] == f'attachment; filename="sample-{kind}.csv"'
    page = upload(client, address, *sample.getvalue().decode().splitlines())

    assert "file.csv: 1 new, 0 changed, 0 unchanged. Nothing is written yet." in page


def test_the_sample_is_for_those_who_may_import() -> None:
    assert sign_in("viewer").get(f"{BOOKINGS}sample.csv").status_code == 403


def test_a_preview_names_the_columns_of_the_file_and_shows_times_as_all_pages_do() -> None:
    client = sign_in("lead")
    people = upload(client, PEOPLE, PEOPLE_HEADER + ",timezone", "IN-1,Aiko,ja,Asia/Tokyo")
    bookings = upload(client, BOOKINGS, HEADER, GOOD)

    assert '<span class="quiet">timezone</span> Asia/Tokyo' in people
    assert "time_zone" not in people
    assert bookings.count('<span class="zone">UTC</span>') == 2


def test_after_an_import_the_new_rows_are_linked_and_the_next_step_is_told() -> None:
    client = sign_in()

    page = confirm(client, BOOKINGS, upload(client, BOOKINGS, HEADER, GOOD))

    address = f"/admin/assignment/booking/{Booking.objects.get().pk}/change/"
    assert f'New: <a href="{address}">BK-1</a>. What is due is decided within a minute.' in page


def test_confirming_imports_the_file_and_gates_it(folder: Path) -> None:
    client = sign_in()

    page = confirm(client, BOOKINGS, upload(client, BOOKINGS, HEADER, GOOD))

    assert "Imported: 1 new, 0 changed, 0 unchanged." in page
    assert Booking.objects.get().pool_status is not None
    event = AuditEvent.objects.get(action="import_bookings")
    assert (event.actor_kind, event.actor) == ("user", "ana")
    assert list(folder.iterdir()) == []


def test_what_lies_in_the_past_is_said_before_and_after() -> None:
    client = sign_in()
    past = GOOD.replace("BK-1", "BK-2").replace("2026-12-01", "2020-12-01")

    page = upload(client, BOOKINGS, HEADER, past)
    done = confirm(client, BOOKINGS, page)

    for text in (page, done):
        assert "Of these 1 lies in the past and will not be assigned." in text
    assert Booking.objects.get().ref == "BK-2"


def test_confirming_twice_imports_once() -> None:
    client = sign_in()
    page = upload(client, BOOKINGS, HEADER, GOOD)
    confirm(client, BOOKINGS, page)

    again = confirm(client, BOOKINGS, page)

    assert "The file is no longer there: upload it again." in again
    assert Booking.objects.get().version == 1


def test_errors_stand_in_a_table_and_nothing_can_be_confirmed(folder: Path) -> None:
    client, before = sign_in(), database_digest()

    page = upload(client, BOOKINGS, HEADER, GOOD.replace("ja;th", "<b>"), "x")

    assert "Nothing was written: file.csv has 2 errors." in page
    assert (
        '<tr><th scope="row">2</th><td>languages</td><td>“&lt;b&gt;” is no language: write tags '
        "such as ja;th or pairs such as ja&gt;th.</td></tr>" in page
    )
    assert (
        '<tr><th scope="row">3</th><td>the whole line</td>'
        "<td>This line has 1 cell, the header has 6.</td></tr>" in page
    )
    assert DIGEST.search(page) is None
    assert list(folder.iterdir()) == []
    assert database_digest() == before


def test_an_upload_belongs_to_the_person_who_made_it() -> None:
    page = upload(sign_in(), BOOKINGS, HEADER, GOOD)

    assert "no longer there" in confirm(sign_in(name="eve"), BOOKINGS, page)
    assert not Booking.objects.exists()


def test_an_upload_of_people_cannot_be_confirmed_as_bookings() -> None:
    client = sign_in()
    page = upload(client, PEOPLE, PEOPLE_HEADER, "IN-1,Somchai Example,ja")

    assert "no longer there" in confirm(client, BOOKINGS, page)
    assert not Interpreter.objects.exists()


@pytest.mark.parametrize("digest", ["", "../../secret_key", "a" * 64, "A" * 63, "0" * 65])
def test_only_a_digest_that_was_given_out_finds_a_file(digest: str) -> None:
    response = sign_in().post(BOOKINGS, {"digest": digest})

    assert "The file is no longer there: upload it again." in response.content.decode()


def test_an_upload_is_kept_for_an_hour(folder: Path) -> None:
    client = sign_in()
    page = upload(client, BOOKINGS, HEADER, GOOD)
    (file,) = folder.iterdir()
    hour_ago = time.time() - 3601
    os.utime(file, (hour_ago, hour_ago))

    assert "no longer there" in confirm(client, BOOKINGS, page)
    upload(client, BOOKINGS, HEADER, GOOD.replace("BK-1", "BK-2"))
    assert file not in folder.iterdir()


def test_an_upload_can_be_read_by_nobody_else(folder: Path) -> None:
    upload(sign_in(), BOOKINGS, HEADER, GOOD)

    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("group", ["viewer", "operator", "auditor"])
@pytest.mark.parametrize("address", [BOOKINGS, PEOPLE])
def test_only_who_may_add_and_change_can_import(group: str, address: str) -> None:
    client = sign_in(group)

    assert client.get(address).status_code == 403
    assert client.post(address, {"digest": "a" * 64}).status_code == 403


def test_who_is_not_signed_in_is_sent_to_the_login() -> None:
    response = Client().get(BOOKINGS)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_a_missing_or_empty_file_is_told_at_the_form() -> None:
    client = sign_in()
    empty = client.post(BOOKINGS, {"file": SimpleUploadedFile("file.csv", b"")})

    assert "The submitted file is empty." in empty.content.decode()
    assert "This field is required." in client.post(BOOKINGS).content.decode()


def test_a_coordinator_of_a_team_imports_only_for_it() -> None:
    client = sign_in()
    make_team("tokyo")
    make_team("paris").staff.add(User.objects.get())

    page = upload(client, BOOKINGS, HEADER + ",team", GOOD + ",tokyo")

    assert "<td>You may import only for paris.</td>" in page


def test_a_coordinator_cannot_make_teams_by_importing_people() -> None:
    client = sign_in()

    page = upload(client, PEOPLE, PEOPLE_HEADER + ",team", "IN-1,Somchai Example,ja,rome")

    assert "There is no team rome: correct the ref, or add it first." in page
    assert not Team.objects.exists()


def test_a_lead_makes_teams_by_importing_people() -> None:
    client = sign_in("lead")
    page = upload(client, PEOPLE, PEOPLE_HEADER + ",team", "IN-1,Somchai Example,ja,rome")

    page = confirm(client, PEOPLE, page)

    assert "Imported: 1 new, 0 changed, 0 unchanged. New: " in page
    assert "</a>. 1 team was made: check its time zone." in page
    assert Team.objects.get().ref == "rome"


def test_an_export_is_a_stream_that_spreadsheets_read_as_utf_8() -> None:
    response = csv_response([["ref", "title"], ["BK-1", "Café, 会議"]], name="bookings")

    assert isinstance(response, StreamingHttpResponse)
    assert response.headers["Content-Disposition"] == 'attachment; filename="bookings.csv"'
    assert response.getvalue().decode() == '\ufeffref,title\r\nBK-1,"Café, 会議"\r\n'
