"""The policy pages: who may, what they refuse, what they save."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assignment.models import Booking, Operation, Policy
from assignment.policies import current_policy, store_policy
from pooling.admin.policy_forms import PolicyForm, hidden_pairs, initial_of
from tests.pooling.entries import pooled

pytestmark = pytest.mark.django_db

PAGE = "/admin/assignment/policy/"
ALL = ("view_policy", "edit_policy", "switch_mode")


def signed_in(*permissions: str) -> Client:
    """A browser in which a member of staff with these permissions is signed in."""
    user = User.objects.create_user("lee", is_staff=True)
    for codename in permissions:
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label="assignment", codename=codename)
        )
    client = Client()
    client.force_login(user)
    return client


def fields(**changes: Any) -> dict[str, Any]:
    """The fields of the form as the page would send them, with these changed."""
    current = current_policy()
    sent: dict[str, Any] = {}
    for name, value in hidden_pairs(initial_of(current, base_version=current.version)):
        sent[name] = [*sent[name], value] if name in sent else [value]
    return sent | changes


def later(ref: str, *, start: float, lead: float, status: str = "waiting") -> Booking:
    """A General entry, so many days from the real clock, decided so many days before."""
    return pooled(
        ref,
        start=start,
        deadline=start - lead,
        meeting_type="General",
        status=status,
        now=timezone.now(),
    )


PERMISSIONS = [
    # address, method, permission that is enough
    ("", "get", "view_policy"),
    ("", "get", "edit_policy"),
    ("", "get", "switch_mode"),
    ("", "post", "edit_policy"),
    ("validate/", "post", "edit_policy"),
    ("mode/", "get", "switch_mode"),
    ("mode/URGENT/", "get", "switch_mode"),
    ("version/1/", "get", "view_policy"),
    ("version/1/restore/", "get", "edit_policy"),
    ("apply/", "post", "edit_policy"),
    ("apply/", "post", "switch_mode"),
]


@pytest.mark.parametrize(("address", "method", "permission"), PERMISSIONS)
def test_each_page_opens_with_its_permission(address: str, method: str, permission: str) -> None:
    response = getattr(signed_in(permission), method)(PAGE + address)

    assert response.status_code in (200, 302)
    assert "/login/" not in response.headers.get("Location", "")


@pytest.mark.parametrize(
    ("address", "method", "enough"),
    [
        ("", "get", ALL),
        ("", "post", ("edit_policy",)),
        ("validate/", "get", ("edit_policy",)),
        ("validate/", "post", ("edit_policy",)),
        ("mode/", "get", ("switch_mode",)),
        ("mode/URGENT/", "get", ("switch_mode",)),
        ("version/1/", "get", ALL),
        ("version/1/restore/", "get", ("edit_policy",)),
        ("apply/", "get", ("edit_policy", "switch_mode")),
        ("apply/", "post", ("edit_policy", "switch_mode")),
    ],
)
def test_each_page_is_closed_to_all_others(
    address: str, method: str, enough: tuple[str, ...]
) -> None:
    others = [name for name in (*ALL, "view_booking") if name not in enough]

    assert getattr(signed_in(*others), method)(PAGE + address).status_code == 403


@pytest.mark.parametrize(
    ("changes", "permission", "status"),
    [
        ({"mode": "URGENT"}, "edit_policy", 403),
        ({"mode": "URGENT"}, "switch_mode", 302),
        ({"w_preference": "1"}, "switch_mode", 403),
        ({"w_preference": "1"}, "edit_policy", 302),
        ({"mode": "URGENT", "w_preference": "1"}, "switch_mode", 403),
        ({"mode": "URGENT", "w_preference": "1"}, "edit_policy", 403),
    ],
)
def test_what_a_change_needs_follows_from_what_it_changes(
    changes: dict[str, str], permission: str, status: int
) -> None:
    sent = fields(**changes, reason="Peak week")

    assert signed_in(permission).post(f"{PAGE}apply/", sent).status_code == status
    assert current_policy().version == (2 if status == 302 else 1)


def test_a_viewer_sees_every_field_and_no_button() -> None:
    response = signed_in("view_policy").get(PAGE)

    assert all(field.disabled for field in response.context["form"].fields.values())
    assert b"Review and save" not in response.content
    assert b"Switch the mode" not in response.content
    assert b"policy.js" not in response.content


def test_the_pages_hold_no_inline_script_or_style() -> None:
    later("B-1", start=20, lead=10)
    client = signed_in(*ALL)

    for address in ("", "mode/", "mode/URGENT/", "version/1/"):
        page = client.get(PAGE + address).content.decode()
        assert "<style" not in page
        assert ' style="' not in page
        assert "<script>" not in page
        assert " onclick=" not in page


def test_the_form_gives_back_the_policy_it_was_made_from() -> None:
    current = replace(
        current_policy(), soft_rules=frozenset({"buffer", "fairness_gap"}), allow_partial=True
    )
    sent: dict[str, Any] = {}
    for name, value in hidden_pairs(initial_of(current, base_version=1)):
        sent.setdefault(name, []).append(value)
    form = PolicyForm({name: value for name, value in sent.items() if name != "soft_rules"})
    form.data = {name: values[0] for name, values in sent.items()} | {
        "soft_rules": sent["soft_rules"]
    }

    assert form.is_valid(), form.errors
    assert form.values == replace(current, id=0, version=0)


def test_live_validation_answers_as_the_save_would() -> None:
    later("B-1", start=20, lead=10)
    later("B-2", start=12, lead=2)
    client = signed_in("edit_policy")

    draft = {"urgent_NORMAL_General": "14", "general_NORMAL_General": "20"}
    answer = client.post(f"{PAGE}validate/", fields(**draft)).json()

    assert answer == {
        "errors": {},
        "warnings": [],
        "changes": 1,
        "impact": {
            "pooled": 2,
            "affected": 2,
            "immediate": 1,
            "redated": 1,
            "escalated": 0,
            "errors": 0,
            "left": 0,
            "level": "low",
        },
    }
    assert current_policy().version == 1


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"w_fair": "9"}, {"w_fair": ["Set the fairness weight between 0 and 5."]}),
        ({"w_fair": ""}, {"w_fair": ["Write a number from 0 to 5."]}),
        ({"w_fair": "nan"}, {"w_fair": ["Write a number from 0 to 5."]}),
        ({"w_fair": "1e999"}, {"w_fair": ["Write a number from 0 to 5."]}),
        ({"w_fair": "9" * 5000}, {"w_fair": ["Write a number from 0 to 5."]}),
        ({"w_fair": "\u0661"}, {}),
        (
            {"fairness_window_days": "30.5"},
            {"fairness_window_days": ["Write a whole number from 7 to 90."]},
        ),
        (
            {"fairness_window_days": "9" * 5000},
            {"fairness_window_days": ["Write a whole number from 7 to 90."]},
        ),
        (
            {"fairness_window_days": "9" * 40},
            {"fairness_window_days": ["Set the fairness window between 7 and 90."]},
        ),
        (
            {"urgent_URGENT_VIP": "15"},
            {
                "urgent_URGENT_VIP": [
                    "The urgent threshold of VIP in URGENT (15 days) must be below the general one"
                    " (15 days): lower it or raise the other."
                ]
            },
        ),
        ({"priority_DR": "11"}, {"priority_DR": ["Set the priority between 1 and 10."]}),
    ],
)
def test_live_validation_puts_each_error_at_its_field(
    changes: dict[str, str], errors: dict[str, list[str]]
) -> None:
    client = signed_in("edit_policy")

    answer = client.post(f"{PAGE}validate/", fields(**changes)).json()

    assert answer["errors"] == errors
    saved = client.post(PAGE, fields(**changes))
    assert (saved.context["form"].errors if "form" in saved.context else {}) == errors


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
    assert (booking.starts_at - booking.pool_deadline_time).days == 12


def test_what_becomes_due_is_processed_after_the_switch() -> None:
    later("B-1", start=12, lead=2)
    client = signed_in("switch_mode")

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


def test_a_pool_that_changed_since_the_preview_is_shown_again() -> None:
    client = signed_in("switch_mode")
    shown = client.get(f"{PAGE}mode/URGENT/").context["effect"].digest
    later("B-1", start=20, lead=10)

    page = client.post(f"{PAGE}apply/", fields(mode="URGENT", reason="Peak week", expected=shown))

    assert page.status_code == 409
    assert page.context["effect"].counts["redated"] == 1
    assert current_policy().version == 1


def test_an_older_version_comes_back_as_a_new_one() -> None:
    store_policy(replace(current_policy(), w_preference=1.5), reason="Second")
    client = signed_in("edit_policy")

    version = client.get(f"{PAGE}version/1/")
    assert version.context["back"] == (("Weight of a preferred interpreter", "1.5", "0.5"),)

    proposal = client.get(f"{PAGE}version/1/restore/")
    sent = dict(proposal.context["hidden"]) | {"reason": "Back to the first"}
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
