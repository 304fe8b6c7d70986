"""Who may open which page of the policy, and what a draft is told while it is typed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assignment.policies import current_policy
from assignment.policy_values import UnsocialHours
from pooling.admin.policy_forms import PolicyForm, hidden_pairs, initial_of
from tests.pooling.policy_browser import ALL, PAGE, fields, later, signed_in

pytestmark = pytest.mark.django_db

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
        current_policy(),
        soft_rules=frozenset({"buffer", "fairness_gap"}),
        allow_partial=True,
        fair_share="opportunity",
        unsocial=UnsocialHours(weekend_factor=1.25, holidays=("2026-12-25", "2026-12-26")),
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
