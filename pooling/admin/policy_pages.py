"""What the policy pages show: the grids of the form, entries by what becomes of them, history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.forms import BoundField
from django.urls import reverse

from assignment.command import parse_instant
from assignment.enums import FairShare, MeetingType, Mode
from assignment.models import Booking, Policy
from assignment.policies import policy_values
from assignment.policy_json import Difference, differences
from assignment.policy_limits import OTHERS, UNSOCIAL, WEIGHTS
from assignment.policy_values import PRESETS, PolicyValues
from assignment.wording import counted
from pooling.admin.policy_forms import (
    LABELS,
    PolicyForm,
    days_names,
    priority_name,
    shortest,
)

MOST_LISTED = 100
SHORT_LIST = 10
INTENTS = {
    Mode.BALANCE: "Hold bookings and decide them in batches, for fairness.",
    Mode.NORMAL: "In between: fair, and in good time.",
    Mode.URGENT: "Decide at once; fairness counts little.",
    Mode.CUSTOM: "Weights, window and gap as this policy sets them.",
}
GROUPS = (
    ("immediate", "Due at once", "They become ready and are processed right after the change."),
    ("redated", "Another deadline", "They keep waiting, with the new deadline."),
    ("escalated", "Already started", "Their start has passed: they go to a person."),
    ("error", "No deadline can be reckoned", "They stay as they are: correct their times."),
    ("left", "Left as they are", "Nothing changes for them; what is being processed finishes."),
)


@dataclass(frozen=True, kw_only=True)
class EntryRow:
    """One booking in a list of what a policy does."""

    ref: str
    title: str
    url: str
    status: str
    starts_at: dt.datetime
    old: dt.datetime
    new: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Group:
    """Bookings that share what becomes of them; at most 100 rows are listed."""

    change: str
    title: str
    text: str
    count: int
    rows: tuple[EntryRow, ...]

    @property
    def more(self) -> int:
        """How many bookings are not listed."""
        return self.count - len(self.rows)

    @property
    def opens(self) -> bool:
        """Whether its list is short, and of what changes: such a one is shown at once."""
        return self.change != "left" and self.count <= SHORT_LIST


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One weight: fixed in the presets, an input for CUSTOM."""

    label: str
    presets: tuple[float, ...]
    field: BoundField
    advice: str


@dataclass(frozen=True, kw_only=True)
class ThresholdRow:
    """One meeting type: its priority, and (urgent, general) inputs of each mode."""

    meeting_type: str
    priority: BoundField
    cells: tuple[tuple[str, BoundField, BoundField], ...]


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    """One version with what it changed."""

    policy: Policy
    changes: tuple[Difference, ...]
    first: bool


def figures(form: PolicyForm) -> tuple[Figure, ...]:
    """Return the weights with the presets' fixed figures beside CUSTOM's inputs."""
    modes = (Mode.BALANCE, Mode.NORMAL, Mode.URGENT)
    return tuple(
        Figure(
            label=LABELS[limits.name],
            presets=tuple(shortest(getattr(PRESETS[mode], limits.name)) for mode in modes),
            field=form[limits.name],
            advice=f"{limits.usual[0]} to {limits.usual[1]}" if limits.usual else "",
        )
        for limits in WEIGHTS
    )


def threshold_rows(form: PolicyForm, *, mode: str) -> tuple[ThresholdRow, ...]:
    """Return the grid of thresholds; each cell says whether its mode is in force."""

    def cell(column: str, meeting_type: str) -> tuple[str, BoundField, BoundField]:
        urgent, general = days_names(column, meeting_type)
        return ("in-force" if column == mode else "", form[urgent], form[general])

    return tuple(
        ThresholdRow(
            meeting_type=meeting_type,
            priority=form[priority_name(meeting_type)],
            cells=tuple(cell(column, meeting_type) for column in Mode.values),
        )
        for meeting_type in MeetingType.values
    )


def other_fields(form: PolicyForm) -> tuple[BoundField, ...]:
    """Return the figures that are the same in every mode."""
    return tuple(form[limits.name] for limits in OTHERS)


def unsocial_fields(form: PolicyForm) -> tuple[BoundField, ...]:
    """Return the figures of unsocial hours, without the holidays."""
    return tuple(form[limits.name] for limits in UNSOCIAL)


def groups(
    counts: Mapping[str, int],
    rows: Iterable[Mapping[str, Any]],
    *,
    teams: frozenset[int] | None,
) -> tuple[Group, ...]:
    """Return the entries of a report (rows as in its JSON) by change; empty groups are left out.

    Of other ``teams`` (None = all are shown) they are counted and not listed.
    """
    by_change: dict[str, list[Mapping[str, Any]]] = {change: [] for change, _, _ in GROUPS}
    for row in rows:
        by_change[row["change"]].append(row)
    refs = [row["booking"] for listed in by_change.values() for row in listed]
    known = Booking.objects.filter(ref__in=refs).values_list("ref", "pk", "title", "team_id")
    titles = {ref: (pk, title) for ref, pk, title, team in known if teams is None or team in teams}
    if teams is not None:
        by_change = {
            change: [row for row in listed if row["booking"] in titles]
            for change, listed in by_change.items()
        }
    return tuple(
        Group(
            change=change,
            title=title,
            text=text,
            count=counts["errors" if change == "error" else change],
            rows=tuple(_entry(row, titles=titles) for row in by_change[change][:MOST_LISTED]),
        )
        for change, title, text in GROUPS
        if counts["errors" if change == "error" else change]
    )


def _entry(row: Mapping[str, Any], *, titles: Mapping[str, tuple[int, str]]) -> EntryRow:
    pk, title = titles.get(row["booking"], (None, ""))
    return EntryRow(
        ref=row["booking"],
        title=title,
        url=reverse("admin:assignment_booking_change", args=(pk,)) if pk else "",
        status=row["status"],
        starts_at=parse_instant(row["starts_at"]),
        old=parse_instant(row["old_deadline"]),
        new=parse_instant(row["deadline"]),
    )


def history(policies: Sequence[Policy]) -> Iterator[HistoryRow]:
    """Yield rows for versions given newest first; the last one given is only compared with."""
    for newer, older in pairwise(policies):
        changes = differences(policy_values(older), policy_values(newer))
        yield HistoryRow(policy=newer, changes=changes, first=False)
    if policies and policies[-1].version == 1:
        yield HistoryRow(policy=policies[-1], changes=(), first=True)


def labelled_in_effect(changes: Iterable[Difference]) -> tuple[tuple[str, str, str], ...]:
    """Return the figures that count before and after a switch, without naming a mode in each."""
    return tuple(
        (label.replace(f" in {Mode.CUSTOM}:", ":"), old, new)
        for label, old, new in labelled(changes)
    )


def labelled(changes: Iterable[Difference]) -> tuple[tuple[str, str, str], ...]:
    """Return differences as (what, old, new) in words."""
    return tuple((_label(item.field), _shown(item.old), _shown(item.new)) for item in changes)


def mode_facts(values: PolicyValues) -> tuple[tuple[str, str], ...]:
    """Return what a mode works with, as (name, figure) pairs for its card."""
    weighting = values.weighting
    return (
        (
            "Fairness / urgency / least recent",
            " / ".join(
                f"{weight:g}" for weight in (weighting.w_fair, weighting.w_urgency, weighting.w_lrs)
            ),
        ),
        ("Fairness window", f"{weighting.fairness_window_days} days"),
        ("Largest gap", counted(weighting.max_gap_hours, "hour", "hours")),
        ("DR rule", f"{values.dr_strength}, penalty {weighting.dr_penalty:g}"),
        ("Fair share", str(FairShare(values.fair_share).label)),
    )


def _label(path: str) -> str:
    table, _, rest = path.partition(".")
    if table in ("weights", "unsocial"):
        return LABELS[rest]
    if table == "thresholds":
        mode, _, meeting_type = rest.partition(".")
        return f"{meeting_type} in {mode}: urgent / general days"
    if table == "priorities":
        return f"Priority of {rest}"
    return LABELS.get(path, path.replace("_", " ").capitalize())


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        separator = " / " if all(isinstance(item, int) for item in value) else ", "
        return separator.join(str(item) for item in value) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    if value in FairShare.values:
        return str(FairShare(value).label)
    return str(value)
