"""The actions on the page of a session: a page that asks for a reason, then one verb, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.crypto import get_random_string

from assignment import sessions
from assignment.enums import HELD_STATES, AssignmentState, PresenceStatus, SessionState
from assignment.errors import InterpoolError
from assignment.models import Interpreter, Session
from pooling.admin.actions import wrong_reason
from pooling.admin.audited import actor_of
from pooling.admin.teams import visible_rows

Verb = Callable[..., dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class SessionAction:
    """One action: its words, the states in which it is legal, its verb.

    ``done``: what happened to the session, for the message after it. ``names_person``: the person
    who shall have it is chosen on the page. ``usual``: the states in which it is the step that
    comes next. ``dangerous``: it cannot be taken back.
    """

    name: str
    label: str
    done: str
    effect: str
    legal: tuple[str, ...]
    run: Verb
    usual: tuple[str, ...] = ()
    names_person: bool = False
    needs_reason: bool = True
    dangerous: bool = False


ACTIONS = (
    SessionAction(
        name="assign_now",
        label="Assign now",
        done="assigned to {person}",
        effect="The person you choose gets it, whatever the desk's hours and strategy say. The "
        "rules about people hold: online, languages, not busy already.",
        legal=(SessionState.UNASSIGNED,),
        usual=(SessionState.UNASSIGNED,),
        run=sessions.assign_now,
        names_person=True,
    ),
    SessionAction(
        name="accept",
        label="Accept for its interpreter",
        done="accepted for its interpreter",
        effect="It counts as taken by the interpreter who was asked, and does not time out.",
        legal=(SessionState.ASSIGNED,),
        usual=(SessionState.ASSIGNED,),
        run=lambda *args, reason, **options: sessions.accept(*args, **options),
        needs_reason=False,
    ),
    SessionAction(
        name="transfer",
        label="Transfer to somebody",
        done="transferred to {person}",
        effect="It goes to the person you choose, who has to accept it. What was worked so far "
        "counts. If the person cannot take it, nothing changes.",
        legal=HELD_STATES,
        run=sessions.transfer,
        names_person=True,
    ),
    SessionAction(
        name="hand_over",
        label="Hand over to the desk",
        done="handed over to the desk",
        effect="It goes back to the desk at its old place, and to somebody else as soon as "
        "somebody can. What was worked so far counts.",
        legal=HELD_STATES,
        run=partial(sessions.give_back, why=sessions.HANDED_OVER),
    ),
    SessionAction(
        name="abandoned",
        label="Abandoned: take it back",
        done="taken back as abandoned",
        effect="Its interpreter went away or does not answer. It goes back to the desk at its old "
        "place at once, without waiting for the time to accept to run out, and to somebody else "
        "as soon as somebody can. No work counts.",
        legal=(SessionState.ASSIGNED,),
        run=partial(sessions.give_back, why=sessions.ABANDONED),
    ),
    SessionAction(
        name="resolve",
        label="Resolve",
        done="resolved",
        effect="It ends now: it is done, or whoever asked for it has gone. What was worked counts, "
        "and its interpreter is free again. This cannot be taken back.",
        legal=(SessionState.UNASSIGNED, *HELD_STATES),
        run=sessions.resolve,
        dangerous=True,
    ),
)


def may_act(request: HttpRequest) -> bool:
    """Whether the person may act on sessions."""
    return request.user.has_perm("assignment.change_session")


class SessionPages(admin.ModelAdmin):
    """The pages below a session that do one thing."""

    def get_urls(self) -> list[URLPattern]:
        """Add the actions."""
        view = self.admin_site.admin_view(self.do_view)
        address = "<int:session_id>/do/<slug:name>/"
        return [path(address, view, name="assignment_session_do"), *super().get_urls()]

    def offered(self, session: Session) -> list[SessionAction]:
        """Return what can be done to a session as it is now."""
        return [action for action in ACTIONS if session.state in action.legal]

    def do_view(self, request: HttpRequest, session_id: int, name: str) -> HttpResponse:
        """Ask for what the action needs; do it on POST, once for the page's token."""
        action = next((row for row in ACTIONS if row.name == name), None)
        if action is None:
            raise Http404
        if not self.has_view_permission(request) or not may_act(request):
            raise PermissionDenied
        session = get_object_or_404(self.get_queryset(request), pk=session_id)
        form = self._form(request, session, action)
        error = ""
        if request.method == "POST" and form.is_valid():
            try:
                return self._do(request, session, action, form=form)
            except InterpoolError as refusal:
                error = str(refusal)
        return self._page(request, session, action, form=form, error=error)

    def _form(self, request: HttpRequest, session: Session, action: SessionAction) -> forms.Form:
        fields: dict[str, Any] = {
            "token": forms.CharField(max_length=40, widget=forms.HiddenInput),
        }
        if action.names_person:
            fields["person"] = PersonField(
                queryset=self._people(request, session), label="Interpreter"
            )
        if action.needs_reason:
            fields["reason"] = ReasonField()
        kind = type("ActionForm", (forms.Form,), fields)
        initial = {"token": get_random_string(24)}
        form: forms.Form = kind(request.POST if request.method == "POST" else None, initial=initial)
        return form

    def _people(self, request: HttpRequest, session: Session) -> QuerySet[Any]:
        """Return the people of the desk whom the person may see, but for whoever has it now.

        Those who are online come first.
        """
        rows = visible_rows(self.admin_site, Interpreter, request).filter(active=True)
        if session.team_id is not None:
            rows = rows.filter(team_id=session.team_id)
        else:
            rows = rows.filter(team__tenant_id=session.tenant_id)
        held = Q(assignments__session=session, assignments__state=AssignmentState.ACTIVE)
        rows = rows.exclude(pk__in=Interpreter.objects.filter(held).values("pk"))
        there = Case(
            When(presence__status=PresenceStatus.ONLINE, then=0),
            When(presence__status=PresenceStatus.AWAY, then=1),
            default=2,
        )
        return rows.select_related("presence").order_by(there, "name", "pk")

    def _do(
        self, request: HttpRequest, session: Session, action: SessionAction, *, form: forms.Form
    ) -> HttpResponse:
        given = form.cleaned_data
        options: dict[str, Any] = {"reason": given.get("reason") or action.label}
        if action.names_person:
            options["person_id"] = given["person"].pk
        key = f"admin:{action.name}:{request.user.pk}:{given['token']}"
        action.run(session.pk, now=timezone.now(), actor=actor_of(request), key=key, **options)
        done = action.done.format(person=given.get("person"))
        messages.success(request, f"{session.ref} was {done}.")
        return HttpResponseRedirect(reverse("admin:assignment_session_change", args=(session.pk,)))

    def _page(
        self,
        request: HttpRequest,
        session: Session,
        action: SessionAction,
        *,
        form: forms.Form,
        error: str,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{action.label}: {session.ref}",
            "opts": self.opts,
            "session": session,
            "action": action,
            "form": form,
            "error": error,
            "legal": session.state in action.legal,
        }
        status = 400 if error or form.errors else 200
        template = "admin/assignment/session/do.html"
        return TemplateResponse(request, template, context, status=status)


class PersonField(forms.ModelChoiceField):
    """Who shall have it, each with whether they take sessions now."""

    def label_from_instance(self, obj: Any) -> str:
        """Return such as ``Ann (IN-007): online``."""
        there = getattr(obj, "presence", None)
        status = there.status if there else PresenceStatus.OFFLINE
        return f"{obj.name} ({obj.ref}): {status}"


class ReasonField(forms.CharField):
    """The reason that stays in the audit trail."""

    def __init__(self) -> None:
        super().__init__(
            label="Reason",
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text="At least 5 characters. It stays in the audit trail.",
        )

    def validate(self, value: str) -> None:
        """Refuse what is too short or too long with the sentence of all actions."""
        error = wrong_reason(value.strip())
        if error:
            raise forms.ValidationError(error)
