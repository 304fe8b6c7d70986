"""What runs are called in lists, and what their counts mean."""

from __future__ import annotations

import pytest
from django.utils import timezone

from assignment.models import Operation
from pooling.admin.run_words import kind_words, result_badges
from pooling.models import Plan, Run

pytestmark = pytest.mark.django_db


def run(kind: str, key: str, **counts: int) -> Run:
    """A run of this kind whose operation has this key."""
    operation = Operation.objects.create(
        key=key, kind=kind, business_now=timezone.now(), actor="ana"
    )
    return Run.objects.create(operation=operation, kind=kind, **counts)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("policy:7:immediate", "after a policy change"),
        ("new:12:1", "at saving"),
        ("admin:process_now:3:abc", "chosen entries"),
    ],
)
def test_chosen_entries_are_named_by_what_chose_them(key: str, words: str) -> None:
    assert kind_words(run(Plan.Kind.ENTRIES, key)) == words


def test_other_kinds_keep_their_name() -> None:
    assert kind_words(run(Plan.Kind.SWEEP, "sweep:2026-11-27")) == "daily sweep"


@pytest.mark.parametrize(
    ("kind", "badges"),
    [
        (Plan.Kind.UNDO, '<span class="badge badge-warn">826 taken back</span>'),
        (Plan.Kind.ABSENCE, '<span class="badge badge-bad">826 escalated</span>'),
        (Plan.Kind.SWEEP, '<span class="badge badge-bad">826 escalated</span>'),
    ],
)
def test_counts_are_in_the_words_of_the_kind(kind: str, badges: str) -> None:
    assert result_badges(run(kind, "a", escalated=826)) == badges


def test_what_an_undo_leaves_as_it_is_is_no_warning() -> None:
    badges = result_badges(run(Plan.Kind.UNDO, "a", pooled=1))

    assert badges == '<span class="badge badge-info">1 kept</span>'
