"""From the page of an interpreter: their best open bookings, and what if they are out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from assignment.booking_rules import FIRST_YEAR, LAST_YEAR
from assignment.errors import InterpoolError
from assignment.models import Booking, Interpreter
from pooling.absence import preview_absence
from pooling.admin.teams import visible_rows
from pooling.openings import openings_for

FORMAT = "%Y-%m-%dT%H:%M"


class AbsenceForm(forms.Form):
    """From when until when somebody is out, in the display time zone."""

    starts_at = forms.DateTimeField(
        label="From",
        input_formats=[FORMAT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT),
    )
    ends_at = forms.DateTimeField(
        label="Until",
        input_formats=[FORMAT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=FORMAT),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse years that no booking can have."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in tuple(cleaned.items()):
            if not FIRST_YEAR <= value.year <= LAST_YEAR:
                self.add_error(name, f"Choose a year between {FIRST_YEAR} and {LAST_YEAR}.")
        return cleaned


class PersonPages(admin.ModelAdmin):
    """The pages behind an interpreter; each shows only bookings that the person may see."""

    def get_urls(self) -> list[URLPattern]:
        """Add the two pages."""
        view = self.admin_site.admin_view
        return [
            path("<int:person_id>/out/", view(self.out_view), name="interpreter_out"),
            path(
                "<int:person_id>/openings/",
                view(self.openings_view),
                name="interpreter_openings",
            ),
            *super().get_urls(),
        ]

    def person_links(self, request: HttpRequest, person: Interpreter) -> list[tuple[str, str]]:
        """Return the pages that the person may open: text, address."""
        links = [("Best open bookings", reverse("admin:interpreter_openings", args=(person.pk,)))]
        if may_plan_absence(request):
            links.append(("Is out …", reverse("admin:interpreter_out", args=(person.pk,))))
        return links

    def openings_view(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Show what the interpreter could take, and what they nearly could."""
        person = self._person(request, person_id)
        seen = visible_rows(self.admin_site, Booking, request)
        bookings = Booking.objects.filter(pk__in=seen.order_by().values("pk"))
        return self._page(
            request,
            person,
            template="openings",
            title=f"Best open bookings for {person.name}",
            openings=openings_for(person, bookings=bookings, now=timezone.now()),
            now=timezone.now(),
        )

    def out_view(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Ask for the window; on POST store the plan and open it: nothing else is written."""
        person = self._person(request, person_id)
        if not may_plan_absence(request):
            raise PermissionDenied
        form, error = AbsenceForm(request.POST or None, initial=_today()), ""
        if request.method == "POST" and form.is_valid():
            try:
                plan = preview_absence(person, now=timezone.now(), **form.cleaned_data)
                return HttpResponseRedirect(reverse("admin:pooling_plan_change", args=(plan.pk,)))
            except InterpoolError as refusal:
                error = str(refusal)
        return self._page(
            request,
            person,
            template="out",
            title=f"{person.name} is out",
            form=form,
            zone=timezone.get_current_timezone_name(),
            error=error,
            status=400 if request.method == "POST" else 200,
        )

    def _person(self, request: HttpRequest, person_id: int) -> Interpreter:
        person: Interpreter = get_object_or_404(self.get_queryset(request), pk=person_id)
        if not self.has_view_permission(request, person):
            raise PermissionDenied
        return person

    def _page(
        self,
        request: HttpRequest,
        person: Interpreter,
        *,
        template: str,
        title: str,
        status: int = 200,
        **values: Any,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "person": person,
            **values,
        }
        name = f"admin/assignment/interpreter/{template}.html"
        return TemplateResponse(request, name, context, status=status)


def may_plan_absence(request: HttpRequest) -> bool:
    """Whether the person may enter leave and decide bookings again."""
    return all(
        request.user.has_perm(name) for name in ("assignment.add_leave", "pooling.run_sweep")
    )


def _today() -> dict[str, dt.datetime]:
    """Return from now until the end of the day in the display time zone."""
    now = timezone.localtime()
    return {"starts_at": now, "ends_at": now.replace(hour=23, minute=59)}
