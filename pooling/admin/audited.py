"""Forms whose every save is an audit event in the same transaction, and never an error page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse

from assignment.audit import Actor, Entry, record
from assignment.availability import note_available
from assignment.engine.binding import lock_people
from assignment.errors import InterpoolError

REFUSED = (
    "The database refused this, because it contradicts something that was saved at the same time. "
    "Look at the page again and repeat your change."
)
SENTENCES = {
    "no_double_booking": "That person is already busy at that time: choose another time.",
    "at_most_24_hours": "A booking lasts at most 24 hours: end it earlier.",
    "_instants": "A booking lasts at most 24 hours: end it earlier.",
    "UNIQUE constraint failed: assignment_booking.ref": "That ref is taken: choose another one.",
    "assignment_booking_ref": "That ref is taken: choose another one.",
}


def refusal_sentence(error: IntegrityError) -> str:
    """Return what a person can do about a row that the database refused."""
    text = str(error)
    return next((sentence for name, sentence in SENTENCES.items() if name in text), REFUSED)


def plain(value: Any) -> Any:
    """Return a value as JSON holds it in an audit event."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, models.Model):
        return str(getattr(value, "ref", value.pk))
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Iterable):
        return sorted(str(plain(item)) for item in value)
    return str(value)


@dataclass(kw_only=True)
class Saving:
    """One save of a form on its way through the request."""

    refusal: str = ""
    before: Any = None
    saved: Any = None
    changes: dict[str, Any] = field(default_factory=dict)


def saving_of(request: HttpRequest) -> Saving:
    """Return the save of this request, made at the first call."""
    saving: Saving = request.META.setdefault("interpool.saving", Saving())
    return saving


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in person as actor; raises PermissionDenied for anybody else."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return Actor.of_user(request.user)


class RefusableForm(forms.ModelForm):
    """A form that can be shown once more with the sentence of the database's refusal."""

    refusal = ""
    request: HttpRequest

    def clean(self) -> dict[str, Any]:
        """Add the refusal to the errors of the form."""
        if self.refusal:
            self.add_error(None, self.refusal)
        return super().clean() or self.cleaned_data


class Audited(admin.ModelAdmin):
    """Add, change and delete with an audit event; facts about people under the person's lock.

    ``private`` fields are named in the event, their values are not kept.
    """

    form = RefusableForm
    object_type = ""
    private: tuple[str, ...] = ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form again when the database refuses; run what follows a save."""
        try:
            response = super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError as error:
            saving_of(request).refusal = refusal_sentence(error)
            return super().changeform_view(request, object_id, form_url, extra_context)
        if saving_of(request).saved is not None:
            self._run_after_save(request, saving_of(request).saved)
        return response

    def _run_after_save(self, request: HttpRequest, saved: Any) -> None:
        try:
            self.after_save(request, saved)
        except InterpoolError as error:
            messages.warning(
                request, f"It is saved. What should follow did not happen yet: {error}"
            )

    def after_save(self, request: HttpRequest, saved: Any) -> None:
        """Do what follows a save, once it is committed."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Hand the refusal of a first try to the form."""
        form = super().get_form(request, obj, change=change, **kwargs)
        bound = {"refusal": saving_of(request).refusal, "request": request}
        return type(form.__name__, (form,), bound)

    def people_behind(self, item: Any, form: forms.ModelForm | None) -> set[int]:
        """Return the ids of the interpreters whose facts this row holds."""
        return set()

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool
    ) -> None:
        """Write the row; lock the people first, so that nothing binds them on the old facts."""
        lock_people(self.people_behind(obj, form))
        saving_of(request).before = type(obj)._base_manager.filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        self._note_available(self.people_behind(obj, form))

    def save_related(
        self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool
    ) -> None:
        """Write the rows below, then the audit event of the whole form."""
        super().save_related(request, form, formsets, change)
        saving = saving_of(request)
        changes = self._changes(form, saving.before) | below(formsets)
        saving.saved, saving.changes = form.instance, changes
        if changes or not change:
            verb = "changed" if change else "created"
            self._record(request, form.instance, verb, changes)

    def _changes(self, form: forms.ModelForm, before: Any) -> dict[str, Any]:
        names = [name for name in form.changed_data if name not in getattr(form, "unsaved", ())]
        return {
            name: "changed"
            if name in self.private
            else [plain(value_before(form, before, name)), plain(form.cleaned_data[name])]
            for name in names
        }

    def _record(
        self, request: HttpRequest, item: Any, verb: str, changes: Mapping[str, Any]
    ) -> None:
        entry = Entry(
            action=f"{self.object_type}_{verb}",
            object_type=self.object_type,
            object_ref=str(getattr(item, "ref", item.pk)),
            reason=f"{verb.capitalize()} in the admin.",
            changes=changes,
        )
        record([entry], actor=actor_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete one row under the person's lock, with its audit event."""
        with transaction.atomic():
            lock_people(self.people_behind(obj, None))
            self._record(request, obj, "deleted", self.deleted_facts(obj))
            people = self.people_behind(obj, None)
            super().delete_model(request, obj)
            self._note_available(people)

    def _note_available(self, people: set[int]) -> None:
        """Let the next tick look whether these people can now do more."""
        what = self.model._meta.verbose_name
        spans = [(person_id, None, None) for person_id in sorted(people)]
        note_available(spans, reason=f"The {what} was changed in the admin.")

    def deleted_facts(self, obj: Any) -> dict[str, Any]:
        """Return what the audit event keeps of a deleted row."""
        return {
            column.name: [plain(getattr(obj, column.name)), None]
            for column in obj._meta.concrete_fields
            if not column.primary_key and column.name not in self.private
        }


class KeptForGood(Audited):
    """Rows that others refer to: made inactive instead of deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing that a history refers to is deleted."""
        return False


def value_before(form: forms.ModelForm, before: Any, name: str) -> Any:
    """Return a field of the row as it was; None for a new row."""
    if isinstance(form.fields[name], forms.ModelMultipleChoiceField):
        return form.initial.get(name)
    return None if before is None else getattr(before, name, None)


def below(formsets: Any) -> dict[str, Any]:
    """Return what changed in the rows below a form, by the name of their kind."""
    changes = {}
    for formset in formsets:
        parts = {
            "added": [str(row) for row in getattr(formset, "new_objects", ())],
            "changed": [str(row) for row, _ in getattr(formset, "changed_objects", ())],
            "deleted": [str(row) for row in getattr(formset, "deleted_objects", ())],
        }
        if any(parts.values()):
            changes[str(formset.model._meta.verbose_name)] = {
                part: rows for part, rows in parts.items() if rows
            }
    return changes
