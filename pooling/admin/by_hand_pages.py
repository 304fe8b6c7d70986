"""Who else could take a booking, and giving it to them by hand: with a reason, once, stale-safe."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from assignment.errors import InterpoolError
from assignment.models import Booking, Interpreter
from pooling.admin.actions import wrong_reason
from pooling.admin.audited import actor_of
from pooling.admin.teams import teams_of, visible_rows
from pooling.by_hand import OPEN_STATES, Hand, give_by_hand
from pooling.substitutes import Substitutes, substitutes

SHOWN = 20
MOST = 20
"""People that one booking can need."""


class ByHandPages(admin.ModelAdmin):
    """The panel on the page of a booking, and the page that asks for the reason."""

    def get_urls(self) -> list[URLPattern]:
        """Add giving a booking by hand."""
        view = self.admin_site.admin_view(self.give_view)
        return [path("<int:booking_id>/give/", view, name="booking_give"), *super().get_urls()]

    def who_else(self, request: HttpRequest, booking: Booking) -> dict[str, Any]:
        """Return the panel, once it is asked for, of a booking that has not started."""
        if booking.state not in OPEN_STATES or booking.starts_at <= timezone.now():
            return {}
        context: dict[str, Any] = {"may_ask_who_else": True}
        if request.GET.get("else"):
            found = _own_people(request, substitutes(booking, now=timezone.now()))
            context |= {
                "others": found,
                "able": found.able[:SHOWN],
                "able_more": max(0, len(found.able) - SHOWN),
                "nearly": found.unable[:SHOWN],
                "may_give": may_give(request),
            }
        return context

    def give_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        """Ask for the reason; on POST write: give the booking, once per page."""
        booking = get_object_or_404(self.get_queryset(request), pk=booking_id)
        if not self.has_view_permission(request, booking) or not may_give(request):
            raise PermissionDenied
        sent = request.POST if request.method == "POST" else request.GET
        people = _named(request, sent.getlist("to")[:MOST])
        leaving = _named(request, sent.getlist("instead")[:1])
        address = reverse("admin:assignment_booking_change", args=(booking.pk,))
        if not people:
            messages.warning(request, "Choose who shall take it.")
            return HttpResponseRedirect(f"{address}?else=1#substitutes")
        error, status = "", 200
        if request.method == "POST":
            error, status = wrong_reason(sent.get("reason", "").strip()), 400
            if not error:
                try:
                    self._give(request, booking, people=people, leaving=leaving)
                    return HttpResponseRedirect(address)
                except InterpoolError as refusal:
                    error, status = str(refusal), 409
        context = {
            **self.admin_site.each_context(request),
            "title": f"Give {booking.ref} by hand?",
            "opts": self.opts,
            "booking": booking,
            "people": people,
            "leaving": leaving,
            "version": _version(sent, booking),
            "token": sent.get("token") or get_random_string(24),
            "reason": sent.get("reason", ""),
            "error": error,
        }
        template = "admin/assignment/booking/give.html"
        return TemplateResponse(request, template, context, status=status)

    def _give(
        self,
        request: HttpRequest,
        booking: Booking,
        *,
        people: list[Interpreter],
        leaving: list[Interpreter],
    ) -> None:
        hand = Hand(
            booking_id=booking.pk,
            version=_version(request.POST, booking),
            people=tuple(person.pk for person in people),
            leaving=leaving[0].pk if leaving else None,
        )
        give_by_hand(
            hand,
            now=timezone.now(),
            actor=actor_of(request),
            reason=request.POST.get("reason", "").strip(),
            token=f"{request.user.pk}:{request.POST.get('token', '')[:40]}",
        )
        names = ", ".join(person.name for person in people)
        messages.success(request, f"{booking.ref} is given to {names}.")


def may_give(request: HttpRequest) -> bool:
    """Whether the person may choose by hand who does a booking."""
    return request.user.has_perm("assignment.change_booking")


def _named(request: HttpRequest, refs: list[str]) -> list[Interpreter]:
    """Return the interpreters of these refs whom the person may see."""
    rows = visible_rows(admin.site, Interpreter, request)
    return list(Interpreter.objects.filter(pk__in=rows.values("pk"), ref__in=refs).order_by("ref"))


def _version(sent: QueryDict, booking: Booking) -> int:
    """Return the version of the booking that the person saw."""
    text = sent.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else booking.version


def _own_people(request: HttpRequest, found: Substitutes) -> Substitutes:
    """Return the same without people whom the person may not see."""
    if teams_of(request) is None:
        return found
    rows = visible_rows(admin.site, Interpreter, request)
    refs = frozenset(rows.values_list("ref", flat=True))
    return replace(
        found,
        able=tuple(row for row in found.able if row.interpreter in refs),
        unable=tuple(row for row in found.unable if row.interpreter in refs),
    )
