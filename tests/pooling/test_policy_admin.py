"""From the draft to the report: review, confirmation, refusals, history."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from assignment.models import Booking, Operation, Policy
from assignment.policies import current_policy, store_policy
from tests.pooling.policy_browser import ALL, PAGE, fields, later, signed_in

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_an_edit_is_reviewed_confirmed_and_reported() -> None:
    later("B-1", start=20, lead=10)
    client = signed_in("edit_policy")
    draft = {"urgent_NORMAL_General": "12"}

    review = client.post(PAGE, fields(**draft))
    assert review.context["changes"] == (
        ("General in NORMAL: urgent / general days", "10 / 15", "12 / 15"),
    )
    assert [(group.change, group.count) for group in review.context["groups"]] == [("redated", 1)]
    assert current_policy().version == 1

    sent = dict(review.context["hidden"]) | {
        "expected": review.context["effect"].digest,
        "reason": "More time for General",
    }
    saved = client.post(f"{PAGE}apply/", sent)

    operation = Operation.objects.get(key="policy:2")
    assert saved.headers["Location"] == reverse(
        "admin:assignment_policy_report", args=(operation.pk,)
    )
    report = client.get(saved.headers["Location"])
    assert report.context["result"]["redated"] == 1
    assert b"B-1" in report.content
    assert current_policy().days("General").urgent == 12
    assert Policy.objects.get(version=2).reason == "More time for General"
    booking = Booking.objects.get(ref="B-1")
    assert booking.pool_deadline_time == booking.starts_at - dt.timedelta(days=12)


def test_what_becomes_due_is_processed_after_the_switch() -> None:
    later("B-1", start=12, lead=2)
    client = signed_in("switch_mode", "pooling.run_sweep")

    saved = client.post(f"{PAGE}apply/", fields(mode="URGENT", reason="Peak week"))

    report = client.get(saved.headers["Location"])
    assert report.context["result"]["immediate"] == 1
    assert report.context["run"].escalated == 1
    assert Booking.objects.get(ref="B-1").escalation_code == "no_interpreters"


def test_a_reason_and_every_warning_are_asked_for() -> None:
    client = signed_in("switch_mode")

    page = client.post(f"{PAGE}apply/", fields(mode="BALANCE", reason=""))
    assert page.context["confirm"].errors == {"reason": ["Write why you make this change."]}

    page = client.post(
        f"{PAGE}apply/",
        fields(mode="BALANCE", reason="Calm week", acknowledge=["few_interpreters"]),
    )
    assert page.status_code == 409
    assert b"Acknowledge this first" in page.content
    assert current_policy().version == 1

    done = client.post(
        f"{PAGE}apply/",
        fields(
            mode="BALANCE",
            reason="Calm week",
            acknowledge=["few_interpreters", "balance_few_pooled"],
        ),
    )
    assert done.status_code == 302
    assert current_policy().mode == "BALANCE"


def test_a_stale_form_is_refused_and_offers_the_version_in_force() -> None:
    stale = fields(w_preference="1", reason="My change")
    store_policy(replace(current_policy(), w_continuity=1.0), reason="Theirs")

    page = signed_in("edit_policy").post(f"{PAGE}apply/", stale)

    assert page.status_code == 409
    assert b"Version 2 was saved by the command line" in page.content
    assert b"Open the policy in force" in page.content
    assert b'value="Save the policy"' not in page.content
    assert current_policy().version == 2


def test_a_pool_that_changed_since_the_preview_is_shown_again_with_what_differs() -> None:
    client = signed_in("switch_mode")
    gone, moved = later("B-1", start=20, lead=10), later("B-2", start=20, lead=10)
    later("B-3", start=20, lead=10)
    before = client.get(f"{PAGE}mode/URGENT/").context
    Booking.objects.filter(pk=gone.pk).update(pool_status="ready")
    Booking.objects.filter(pk=moved.pk).update(
        starts_at=moved.starts_at - DAY, ends_at=moved.ends_at - DAY
    )
    later("B-4", start=10, lead=8)
    sent = {"expected": before["effect"].digest, "kept": before["kept"]}

    page = client.post(f"{PAGE}apply/", fields(mode="URGENT", reason="Peak week", **sent))

    assert page.status_code == 409
    assert page.context["changed"] == (
        "B-1 would not be touched any more.",
        "B-2 gets another deadline than was shown.",
        "B-4 was not in the preview: now it becomes due at once.",
    )
    assert "B-4 was not in the preview" in page.content.decode()
    assert current_policy().version == 1


@pytest.mark.parametrize("kept", ["", "x", "eyJ:a:b"])
def test_a_forged_memory_of_the_preview_names_nothing_and_saves_nothing(kept: str) -> None:
    client = signed_in("switch_mode")
    sent = fields(mode="URGENT", reason="Peak week", expected="other", kept=kept)

    page = client.post(f"{PAGE}apply/", sent)

    assert (page.status_code, page.context["changed"]) == (409, ())
    assert current_policy().version == 1


def test_what_was_not_looked_at_is_not_put_in_force() -> None:
    client = signed_in("switch_mode")

    page = client.post(f"{PAGE}apply/", fields(mode="URGENT", reason="Peak week", expected=""))

    assert page.status_code == 200
    assert "Look at what it would do to the pool, then confirm." in page.content.decode()
    assert current_policy().version == 1


def test_a_busy_database_is_one_sentence_and_nothing_saved() -> None:
    client = signed_in("edit_policy")
    sent = fields(w_preference="1", reason="More for preferences")

    def refuse(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith("INSERT INTO") and "assignment_policy" in sql:
            raise OperationalError("database is locked")
        return execute(sql, *arguments)

    with connection.execute_wrapper(refuse):
        page = client.post(f"{PAGE}apply/", sent)

    assert page.status_code == 409
    assert str(page.context["problem"]) == "The database is busy: try again in a moment."
    assert current_policy().version == 1


def test_an_older_version_comes_back_as_a_new_one() -> None:
    store_policy(replace(current_policy(), w_preference=1.5), reason="Second")
    client = signed_in("edit_policy")

    version = client.get(f"{PAGE}version/1/")
    assert version.context["back"] == (("Weight of a preferred interpreter", "1.5", "0.5"),)

    proposal = client.get(f"{PAGE}version/1/restore/")
    sent = dict(proposal.context["hidden"]) | {
        "expected": proposal.context["effect"].digest,
        "reason": "Back to the first",
    }
    assert client.post(f"{PAGE}apply/", sent).status_code == 302

    current = current_policy()
    assert (current.version, current.w_preference) == (3, 0.5)


def test_the_history_shows_what_each_version_changed() -> None:
    store_policy(replace(current_policy(), w_preference=1.5), reason="Second")
    store_policy(replace(current_policy(), mode="URGENT", w_preference=1.0), reason="Third")

    history = signed_in("view_policy").get(PAGE).context["history"]

    assert [(row.policy.version, len(row.changes), row.first) for row in history] == [
        (3, 2, False),
        (2, 1, False),
        (1, 0, True),
    ]


def test_saving_what_is_in_force_does_nothing_and_says_so() -> None:
    client = signed_in("edit_policy")

    page = client.post(PAGE, fields())

    assert [str(message) for message in page.context["messages"]] == [
        "Nothing to save: these values are in force already."
    ]
    assert client.post(f"{PAGE}apply/", fields(reason="No change")).status_code == 302
    assert Policy.objects.count() == 1


@pytest.mark.parametrize(
    "address", ["mode/FAST/", "version/9/", "version/9/restore/", "report/9/", "x/change/"]
)
def test_what_does_not_exist_is_404(address: str) -> None:
    assert signed_in(*ALL).get(PAGE + address).status_code == 404


@pytest.mark.parametrize("versions", [1, 3, 20])
def test_the_page_takes_a_fixed_number_of_queries(
    versions: int, django_assert_num_queries: Any
) -> None:
    for number in range(versions - 1):
        store_policy(replace(current_policy(), w_preference=number / 100), reason="Next")
    client = signed_in("view_policy")
    client.get(PAGE)

    with django_assert_num_queries(12):
        client.get(PAGE)


def test_the_fair_share_is_chosen_on_the_page_and_stands_in_the_history() -> None:
    client = signed_in(*ALL)
    changes = {"fair_share": "opportunity", "night_factor": "1.5", "holidays": "2026-12-25"}

    review = client.post(PAGE, fields(**changes))
    assert review.context["changes"] == (
        ("Fair share", "equal outcome", "equal share of opportunity"),
        ("An hour at night counts", "1", "1.5"),
        ("Holidays", "none", "2026-12-25"),
    )
    sent = dict(review.context["hidden"]) | {
        "expected": review.context["effect"].digest,
        "reason": "People differ in what they can do",
    }
    client.post(f"{PAGE}apply/", sent)

    found = current_policy()
    assert (found.version, found.fair_share) == (2, "opportunity")
    assert (found.unsocial.night_factor, found.unsocial.holidays) == (1.5, ("2026-12-25",))
    assert "equal share of opportunity" in client.get(f"{PAGE}version/2/").content.decode()


def test_a_holiday_that_is_no_date_is_named_at_its_field() -> None:
    page = signed_in(*ALL).post(PAGE, fields(holidays="25.12.2026")).content.decode()

    assert "Write 25.12.2026 as a date such as 2026-12-25." in page


def test_a_wrong_threshold_is_marked_at_its_own_box_and_named() -> None:
    draft = fields(general_NORMAL_DR="-3")

    found = signed_in("edit_policy").post(f"{PAGE}validate/", draft).json()

    assert found["errors"] == {
        "general_NORMAL_DR": ["Set the general threshold of DR in NORMAL between 1 and 1000."]
    }


def test_a_long_list_of_what_changes_is_folded_and_names_its_bookings() -> None:
    for number in range(11):
        later(f"B-{number:02}", start=20, lead=10)
    client = signed_in("edit_policy")

    long = client.post(PAGE, fields(urgent_NORMAL_General="12")).context["groups"][0]
    Booking.objects.filter(ref="B-10").delete()
    short = client.post(PAGE, fields(urgent_NORMAL_General="12")).context["groups"][0]

    assert (long.count, long.opens, short.count, short.opens) == (11, False, 10, True)
    assert [row.title for row in short.rows if row.ref == "B-09"] == ["Meeting B-09"]
