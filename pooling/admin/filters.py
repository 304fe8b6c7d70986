"""The filters of the lists of bookings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.utils import timezone

from assignment.enums import BUSY_STATES
from assignment.models import Assignment, Interpreter, Policy
from pooling.admin.action_words import action_words
from pooling.admin.teams import visible_rows
from pooling.slices import LABELS, slice_filter

DEADLINES = {
    "past": "passed",
    "2h": "within 2 hours",
    "24h": "within 24 hours",
    "7d": "within 7 days",
    "later": "later",
}
SPANS = {"2h": dt.timedelta(hours=2), "24h": dt.timedelta(hours=24), "7d": dt.timedelta(days=7)}


def mode_in_force() -> str:
    """Return the mode of the policy in force: one query."""
    mode: str = Policy.objects.order_by("-version").values_list("mode", flat=True).first() or ""
    return mode


class SliceFilter(admin.SimpleListFilter):
    """The named slices that the dashboard counts."""

    title = "pool"
    parameter_name = "pool"
    names = tuple(LABELS)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the slices that this list can hold."""
        return [(name, LABELS[name]) for name in self.names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one slice."""
        name = self.value()
        if name is None:
            return queryset
        if name not in self.names:
            raise IncorrectLookupParameters(f"no slice {name}")
        condition = slice_filter(name, now=timezone.now(), mode=mode_in_force())
        return queryset.filter(condition)


class EntrySliceFilter(SliceFilter):
    """The slices inside the pool."""

    names = ("waiting", "ready", "due", "processing", "stuck", "overdue", "failed")


class AttentionSliceFilter(SliceFilter):
    """The kinds of bookings that need a person."""

    title = "kind"
    names = ("escalated", "failed", "on_leave")


class DeadlineFilter(admin.SimpleListFilter):
    """When an entry must be decided."""

    title = "deadline"
    parameter_name = "deadline"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the buckets."""
        return list(DEADLINES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one bucket of those in the pool."""
        bucket = self.value()
        if bucket is None:
            return queryset
        if bucket not in DEADLINES:
            raise IncorrectLookupParameters(f"no bucket {bucket}")
        now = timezone.now()
        pooled = queryset.filter(pool_status__isnull=False)
        if bucket == "past":
            return pooled.filter(pool_deadline_time__lte=now)
        if bucket == "later":
            return pooled.filter(pool_deadline_time__gt=now + SPANS["7d"])
        return pooled.filter(
            pool_deadline_time__gt=now, pool_deadline_time__lte=now + SPANS[bucket]
        )


class LanguageFilter(admin.SimpleListFilter):
    """Rows that name a language, alone or in a pair."""

    title = "language"
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the languages that the interpreters have: one query."""
        texts = Interpreter.objects.order_by().values_list("languages", flat=True).distinct()
        found = {side for text in texts for tag in text.split(";") for side in tag.split(">")}
        return [(tag, tag) for tag in sorted(found - {""})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows whose canonical text holds the tag."""
        tag = self.value()
        if tag is None:
            return queryset
        text = Concat(Value(";"), F("languages"), Value(";"), output_field=CharField())
        parts = [f";{tag};", f";{tag}>", f">{tag};"]
        named = Q()
        for part in parts:
            named |= Q(language_text__contains=part)
        rows: QuerySet[Any] = queryset.alias(language_text=text).filter(named)
        return rows


class WhenFilter(admin.SimpleListFilter):
    """When the meeting starts. Without any filter at all the list shows what is to come."""

    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer spans in days of the display time zone."""
        return [
            ("upcoming", "from today on"),
            ("today", "today"),
            ("week", "the next 7 days"),
            ("past", "before today"),
            ("all", "at any time"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one span."""
        chosen = self.value() or ("all" if request.GET else "upcoming")
        day = dt.timedelta(days=1)
        spans = {
            "all": Q(),
            "upcoming": Q(starts_at__gte=today()),
            "today": Q(starts_at__gte=today(), starts_at__lt=today() + day),
            "week": Q(starts_at__gte=today(), starts_at__lt=today() + 7 * day),
            "past": Q(starts_at__lt=today()),
        }
        if chosen not in spans:
            raise IncorrectLookupParameters(f"no span {chosen}")
        return queryset.filter(spans[chosen])


class PersonSelect(AutocompleteSelect):
    """The search for an interpreter, with its purpose written into the empty field."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: Any = None) -> dict[str, Any]:
        """Say what the field is for."""
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        return attrs | {"data-placeholder": "Interpreter"}


class PersonFilter(admin.SimpleListFilter):
    """Rows of one interpreter, found by typing."""

    template = "admin/person_filter.html"
    title = "interpreter"
    parameter_name = "interpreter"
    media = AutocompleteSelect(Assignment._meta.get_field("interpreter"), admin.site).media

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        people = visible_rows(model_admin.admin_site, Interpreter, request)
        widget = PersonSelect(
            Assignment._meta.get_field("interpreter"),
            model_admin.admin_site,
            attrs={"aria-label": "Interpreter"},
        )
        field = forms.ModelChoiceField(queryset=people, required=False, widget=widget)
        form = type("PersonForm", (forms.Form,), {self.parameter_name: field})
        self.input = form({self.parameter_name: self._chosen()}, prefix=None)[self.parameter_name]

    def _chosen(self) -> int | None:
        value = self.value() or ""
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Be shown always; the choices come from the search."""
        return [("", "")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Return the other parameters of the address, to be kept."""
        own = {self.parameter_name, "p", "e"}
        yield {
            "kept": [pair for pair in changelist.params.items() if pair[0] not in own],
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "selected": bool(self.value()),
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of one person."""
        if not self.value():
            return queryset
        chosen = self._chosen()
        if chosen is None:
            raise IncorrectLookupParameters("no id")
        return self.rows_of(queryset, chosen)

    def rows_of(self, queryset: QuerySet[Any], person_id: int) -> QuerySet[Any]:
        """Keep the bookings that the person does or did."""
        work = Assignment.objects.filter(interpreter_id=person_id, state__in=BUSY_STATES)
        return queryset.filter(pk__in=work.values("booking_id"))


class OwnPersonFilter(PersonFilter):
    """The same for rows that name the interpreter themselves."""

    def rows_of(self, queryset: QuerySet[Any], person_id: int) -> QuerySet[Any]:
        """Keep the rows of the person."""
        return queryset.filter(interpreter_id=person_id)


class RecentValuesFilter(admin.SimpleListFilter):
    """The values of a column that stand in the latest rows: the table is never read whole."""

    latest = 5_000

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what the latest rows hold: one query."""
        rows = model_admin.model._default_manager.order_by("-pk")
        values = set(rows.values_list(self.parameter_name, flat=True)[: self.latest])
        return [(value, self.words(value)) for value in sorted(values - {""})]

    def words(self, value: str) -> str:
        """Return a value for people."""
        return value.replace("_", " ")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep one value."""
        if self.value() is None:
            return queryset
        return queryset.filter(**{str(self.parameter_name): self.value()})


class ActionFilter(RecentValuesFilter):
    """What was done."""

    title = parameter_name = "action"

    def words(self, value: str) -> str:
        """Return what the list calls the action."""
        return action_words(value)


class ObjectTypeFilter(RecentValuesFilter):
    """To what it was done."""

    title, parameter_name = "object", "object_type"


class MadeFilter(admin.SimpleListFilter):
    """When an assignment that stands was written, in days of the display time zone."""

    title = "made"
    parameter_name = "made"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer today and the last week."""
        return [("today", "today"), ("week", "in the last 7 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what runs wrote since and nobody took back."""
        if self.value() is None:
            return queryset
        since = {"today": today(), "week": today() - dt.timedelta(days=6)}.get(self.value() or "")
        if since is None:
            raise IncorrectLookupParameters("no such day")
        return queryset.filter(made_since(since))


def made_since(moment: dt.datetime) -> Q:
    """Return the condition on assignments that runs wrote since and that nobody took back."""
    return Q(created_at__gte=moment, operation__isnull=False, state__in=BUSY_STATES)


def today() -> dt.datetime:
    """Return the beginning of the current day in the display time zone."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
