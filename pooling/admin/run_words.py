"""What runs are called, and what their counts mean."""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from assignment.enums import Result
from pooling.admin.cells import badge
from pooling.admin.plan_rows import RESULTS, tone
from pooling.models import Plan, Run

OCCASIONS = (
    (re.compile(r"policy:\d+:immediate"), "after a policy change"),
    (re.compile(r"(new|saved):\d+:\d+"), "at saving"),
)
"""What the key of the operation says about why entries were chosen."""
DECIDING = (Plan.Kind.SWEEP, Plan.Kind.TICK, Plan.Kind.ENTRIES, Plan.Kind.EMERGENCY)
"""Kinds of runs that take what is due."""
KEEPING = (Plan.Kind.ABSENCE, Plan.Kind.UNDO, Plan.Kind.REDO)
"""Kinds of runs of which a row that is not carried out keeps what it has."""


def kind_words(run: Run) -> str:
    """Return what a run was for; of chosen entries, what chose them."""
    if run.kind == Plan.Kind.ENTRIES:
        for key, words in OCCASIONS:
            if key.fullmatch(run.operation.key):
                return words
    return run.get_kind_display()


def result_badges(run: Run) -> SafeString | str:
    """Return the counts of a run by result, in the words of its kind, without the zeros."""
    words = {str(value): text for value, text in RESULTS.get(run.kind, ())}
    if run.kind in KEEPING:
        words[Result.POOLED] = "kept"
    counts = [(name, words.get(name, name), getattr(run, name)) for name in Result.values]
    parts = [
        (badge(f"{count} {word}", kind=tone(word, name)),) for name, word, count in counts if count
    ]
    none = "nothing due" if run.kind in DECIDING else "no booking"
    return format_html_join(" ", "{}", parts) or format_html('<span class="quiet">{}</span>', none)
