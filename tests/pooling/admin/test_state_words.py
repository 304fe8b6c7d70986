"""A state has one word, wherever a person reads it: that of the product, and no synonym."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from assignment.audit import COMMAND
from assignment.enums import Outcome, Result
from assignment.models import Booking, Decision
from pooling.admin.action_words import action_words
from pooling.admin.cells import badge
from pooling.sweep import sweep
from tests.factories.people import InterpreterFactory
from tests.pooling.admin.people import client_of, ready, ungated

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("languages", "outcome"), [("ja;th", "assign"), ("fr", "stop")])
def test_an_outcome_is_called_the_same_in_the_list_and_on_the_page(
    languages: str, outcome: str
) -> None:
    InterpreterFactory.create(languages=languages)
    booking = ready()
    sweep(now=timezone.now(), slot="now", actor=COMMAND)
    client = client_of("viewer")
    addresses = (
        reverse("admin:assignment_decision_changelist"),
        reverse("admin:assignment_booking_change", args=(booking.pk,)),
    )

    assert Decision.objects.get().outcome == outcome
    for address in addresses:
        assert str(badge(outcome)) in client.get(address).content.decode()


def test_decisions_are_filtered_by_the_same_words() -> None:
    InterpreterFactory.create()
    ready()
    sweep(now=timezone.now(), slot="now", actor=COMMAND)
    client, address = client_of("viewer"), reverse("admin:assignment_decision_changelist")

    page = client.get(address)
    found = {
        outcome: len(client.get(f"{address}?outcome__exact={outcome}").context["cl"].result_list)
        for outcome in Outcome.values
    }

    choices = [
        choice["display"]
        for choice in page.context["cl"].filter_specs[0].choices(page.context["cl"])
    ]
    assert choices == ["All", "assign", "skip", "wait", "stop", "error"]
    assert found == {"assign": 1, "skip": 0, "wait": 0, "stop": 0, "error": 0}
    assert client.get(f"{address}?outcome__exact=x").status_code == 302


def test_the_table_of_a_sweep_names_results_as_the_pages_do() -> None:
    output = StringIO()

    call_command("sweep", "--slot", "s", stdout=output)

    names = re.findall(r"^([a-z]+) +0$", output.getvalue(), flags=re.MULTILINE)
    assert [name for name in names if name != "processed"] == Result.values


def test_a_session_that_nobody_has_is_unassigned() -> None:
    client = client_of("viewer")

    tabs = client.get(reverse("admin:assignment_session_changelist")).context["tabs"]
    tiles = client.get("/admin/").context["board"]["tiles"]

    assert [tab["text"] for tab in tabs] == [
        "All",
        "Unassigned",
        "With an interpreter",
        "Resolved",
    ]
    labels = {tile["name"]: tile["label"] for tile in tiles}
    assert labels["queued"] == "Sessions unassigned"


def test_what_the_gate_has_not_seen_is_not_gated_yet() -> None:
    ungated()
    page = client_of("viewer").get(f"{reverse('admin:assignment_booking_changelist')}?when=all")

    assert Booking.objects.get().pool_status is None
    assert '<span class="badge badge-plain">not gated yet</span>' in page.content.decode()


@pytest.mark.parametrize(
    ("action", "words"), [("claim", "claimed"), ("gate", "gated"), ("escalate", "escalated")]
)
def test_an_audited_action_is_called_as_the_state_that_it_leads_to(action: str, words: str) -> None:
    assert action_words(action) == words
