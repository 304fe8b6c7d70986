"""What all lists have in common: bounded counts, safe addresses, words for an empty list."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Paginator
from django.db.models import DateTimeField, Model, QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import smart_split
from django.utils.timezone import is_naive, make_aware

COUNT_LIMIT = 10_000
MOST_WORDS = 20
"""Words that a search takes: each is a condition, and databases limit their number."""


class BoundedPaginator(Paginator):
    """Counts at most 10,000 rows: beyond that the list says “10,000+”."""

    @cached_property
    def counted(self) -> int:
        """The number of rows, at most one more than the limit."""
        rows = self.object_list
        return (
            rows.order_by()[: COUNT_LIMIT + 1].count() if hasattr(rows, "order_by") else len(rows)
        )

    @cached_property
    def count(self) -> int:
        """The number of rows that can be paged through."""
        return min(self.counted, COUNT_LIMIT)

    @property
    def shown_count(self) -> str:
        """The number as people read it."""
        return f"{COUNT_LIMIT:,}+" if self.counted > COUNT_LIMIT else f"{self.counted:,}"


def too_many_words(text: str) -> bool:
    """Whether a search has more words than it may; words in quotes count as one."""
    return len(tuple(smart_split(text))) > MOST_WORDS


class SafeList(admin.ModelAdmin):
    """A list that answers every address with a page, a redirect or 400, never an error.

    Only the look-ups of the declared filters may stand in an address: a regex or a path
    through relations is refused.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200
    empty_text = "Nothing here. Clear the filters to see more."
    tabs: tuple[tuple[str, str], ...] = ()
    counted_as: tuple[str, str] | None = None
    """What one row is and several are, where the names of the model cannot be counted."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow what the field filters of this list write into addresses, and nothing else."""
        allowed: set[str] = set()
        for row in self.list_filter:
            if isinstance(row, str):
                allowed |= {f"{row}{suffix}" for suffix in ("__exact", "__id__exact", "__isnull")}
            elif isinstance(row, type) and issubclass(row, admin.SimpleListFilter):
                allowed.add(str(row.parameter_name))
        return lookup in allowed

    def action_checkbox(self, obj: Model) -> SafeString:
        """The box that chooses a row: what Django shows, without a template for each row."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            f"Select this object for an action - {obj}",
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Take over what an address proposes, but for moments that are none."""
        proposed: dict[str, Any] = super().get_changeform_initial_data(request)
        for field in self.opts.fields:
            if isinstance(field, DateTimeField) and field.name in proposed:
                proposed[field.name] = _moment(proposed[field.name])
        return proposed

    @property
    def counted_words(self) -> tuple[str, str]:
        """The nouns after the number of rows: for one, and for any other number."""
        return self.counted_as or (
            str(self.opts.verbose_name),
            str(self.opts.verbose_name_plural),
        )

    @property
    def media(self) -> Media:
        """Add what the filters need in the browser."""
        needed = [getattr(row, "media", Media()) for row in self.list_filter]
        return sum(needed, super().media)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse selections that are no ids, and endless searches, before the database does."""
        if too_many_words(request.GET.get(SEARCH_VAR, "")):
            return HttpResponseBadRequest(f"Search for at most {MOST_WORDS} words.")
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if any(not (pk.isascii() and pk.isdigit() and len(pk) < 19) for pk in chosen):
            return HttpResponseBadRequest("The selection is not valid: go back and choose again.")
        title = str(self.opts.verbose_name_plural)
        context: dict[str, Any] = {"tabs": self.tab_links(request), "tools": self.tools(request)}
        context["title"] = title[:1].upper() + title[1:]
        context["module_name"] = self.counted_words[1]
        context |= extra_context or {}
        return super().changelist_view(request, context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find nothing for an endless search; the choices of a form search here too."""
        if too_many_words(search_term):
            return queryset.none(), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    def tools(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Return the pages beside “Add” that the person may open: text, address."""
        return []

    def tab_links(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the saved links above the list: text, address, whether it is open."""
        now_open = request.GET.urlencode()
        return [
            {"text": text, "query": query, "open": now_open == query} for text, query in self.tabs
        ]


class History(SafeList):
    """A list and pages to read: nothing can be added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are written by the product alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened is not changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened is not deleted."""
        return False


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return make_aware(moment) if moment and is_naive(moment) else moment
