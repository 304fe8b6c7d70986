"""Fairness over time, by team and by person, with the figures as a table and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from assignment.imports.spreadsheet import neutralise
from assignment.ledger_drift import drift_alarms
from assignment.ledger_history import Course, History, read_history
from assignment.ledger_lines import read_balance
from assignment.models import Interpreter, Team
from assignment.policies import policy_to_show
from monitoring.history_chart import history_chart
from pooling.admin.export_files import csv_response
from pooling.admin.teams import teams_of

LEAST_DAYS, MOST_DAYS = 7, 90
MAY = (
    "assignment.view_interpreter",
    "assignment.view_assignment",
    "assignment.view_ledgeradjustment",
)
ALL = ""


class Window(forms.Form):
    """Whose fairness, and how far back."""

    days = forms.IntegerField(
        min_value=LEAST_DAYS,
        max_value=MOST_DAYS,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            f"Write days from {LEAST_DAYS} to {MOST_DAYS}.",
        ),
    )

    def __init__(self, *args: Any, teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"] = forms.ChoiceField(
            required=False,
            choices=[(ALL, "All teams"), *((row.ref, row.name) for row in teams)],
            error_messages={"invalid_choice": "Choose one of the teams in the list."},
        )


def visible_teams(request: HttpRequest) -> QuerySet[Team]:
    """Return the teams that the person may see, by name."""
    own = teams_of(request)
    rows = Team.objects.order_by("name", "ref")
    return rows if own is None else rows.filter(pk__in=own)


def may_see_ledger(request: HttpRequest) -> bool:
    """Whether the person may see who got how much."""
    return request.user.has_perms(MAY)


@require_safe
def fairness_page(request: HttpRequest, site: admin.AdminSite) -> HttpResponseBase:
    """Show the course of everybody's balance; ``format=csv`` downloads the table."""
    _require(request)
    policy, now = policy_to_show(), timezone.now()
    usual = policy.weighting.fairness_window_days
    teams = tuple(visible_teams(request))
    asked = {"team": request.GET.get("team", ALL), "days": request.GET.get("days", usual)}
    window = Window(asked, teams=teams)
    is_valid = window.is_valid()
    team = window.cleaned_data["team"] if is_valid else ALL
    days = window.cleaned_data["days"] if is_valid else usual
    history = read_history(now=now, days=days, policy=policy)
    chosen = frozenset(row.pk for row in teams if row.ref == team) if team else teams_of(request)
    courses = [row for row in history.courses if chosen is None or row.team_id in chosen]
    if is_valid and request.GET.get("format") == "csv":
        return csv_response(_csv(history, courses), name=f"fairness-{now:%Y-%m-%d}")
    refs = {row.ref for row in courses}
    alarms = drift_alarms(
        history.ledger, deviations=history.deviations, window_start=history.start, policy=policy
    )
    context = {
        **site.each_context(request),
        "title": "Fairness over time",
        "window": window,
        "days": days,
        "team": team,
        "history": history,
        "courses": sorted(courses, key=lambda row: (-row.balances[-1], row.ref)),
        "chart": history_chart(history, courses),
        "alarms": [alarm for alarm in alarms if alarm.ref in refs],
    }
    return TemplateResponse(request, "admin/fairness.html", context)


@require_safe
def person_page(request: HttpRequest, pk: int, site: admin.AdminSite) -> HttpResponseBase:
    """Show one person's ledger, line by line."""
    _require(request)
    own = teams_of(request)
    people = Interpreter.objects.select_related("team")
    people = people if own is None else people.filter(team__in=own)
    person = people.filter(pk=pk).first()
    if person is None:
        raise Http404
    policy = policy_to_show()
    context = {
        **site.each_context(request),
        "title": f"Ledger of {person}",
        "person": person,
        "balance": read_balance(person, now=timezone.now(), policy=policy),
        "days": policy.weighting.fairness_window_days,
    }
    return TemplateResponse(request, "admin/fairness_person.html", context)


def _require(request: HttpRequest) -> None:
    if not may_see_ledger(request):
        raise PermissionDenied


def _csv(history: History, courses: Sequence[Course]) -> Iterator[list[str]]:
    ends = ["booked" if end is None else f"{end:%Y-%m-%dT%H:%MZ}" for end in history.ends]
    yield ["ref", "name", "team", "weight", "fair share", "hours", "share", "above", *ends]
    for row in courses:
        figures = (row.weight, history.definition, row.hours, row.share, row.balances[-1])
        yield [
            *(neutralise(text) for text in (row.ref, row.name, row.team)),
            *(str(figure) for figure in (*figures, *row.balances)),
        ]
