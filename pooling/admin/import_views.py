"""Importing a file in the admin: upload, look at what it would do, confirm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from assignment.audit import Actor
from assignment.errors import InputError
from assignment.imports.columns import BOOKING_COLUMNS, INTERPRETER_COLUMNS, Column
from assignment.imports.report import ImportReport
from assignment.models import Booking, Interpreter, Team
from pooling import uploads
from pooling.admin.export_files import csv_response
from pooling.admin.import_help import sample_rows, shown_changes, told
from pooling.admin.teams import teams_of
from pooling.imports import import_bookings, import_interpreters

ADD_TEAM = "assignment.add_team"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What can be imported here: its model, columns and address."""

    name: str
    model: type[Booking] | type[Interpreter]
    columns: tuple[Column, ...]
    run: Callable[..., ImportReport]

    @property
    def permissions(self) -> tuple[str, str]:
        """Both are needed: a file may hold new rows and changes."""
        model = self.model._meta.model_name
        return f"assignment.add_{model}", f"assignment.change_{model}"

    @property
    def list_url(self) -> str:
        """The list to which the page belongs."""
        return reverse(f"admin:assignment_{self.model._meta.model_name}_changelist")


class UploadForm(forms.Form):
    """One CSV file."""

    file = forms.FileField(
        label="CSV file",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text="UTF-8, comma between the cells, the first line names the columns; "
        "at most 100 MB.",
    )


def import_urls(site: admin.AdminSite) -> list[URLPattern]:
    """Return the pages and their samples, to be put before the addresses of a list's own admin."""
    return [
        path(f"import-{kind.name}/{rest}", site.admin_view(view), name=name)
        for kind in (BOOKINGS, INTERPRETERS)
        for rest, view, name in (
            ("", _view(kind, site), f"pooling_import_{kind.name}"),
            ("sample.csv", _sample(kind), f"pooling_sample_{kind.name}"),
        )
    ]


def may_import_bookings(request: HttpRequest) -> bool:
    """Whether the person may import bookings."""
    return request.user.has_perms(BOOKINGS.permissions)


def may_import_interpreters(request: HttpRequest) -> bool:
    """Whether the person may import interpreters."""
    return request.user.has_perms(INTERPRETERS.permissions)


def _view(kind: Kind, site: admin.AdminSite) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perms(kind.permissions):
            raise PermissionDenied
        try:
            if request.method == "POST" and "digest" in request.POST:
                return _confirm(request, kind, site)
            if request.method == "POST":
                return _preview(request, kind, site)
        except InputError as error:
            messages.error(request, str(error))
        return _page(request, kind, site, form=UploadForm())

    return view


def _sample(kind: Kind) -> Callable[[HttpRequest], StreamingHttpResponse]:
    def view(request: HttpRequest) -> StreamingHttpResponse:
        if not request.user.has_perms(kind.permissions):
            raise PermissionDenied
        rows = sample_rows(kind.columns, now=timezone.now())
        return csv_response(rows, name=f"sample-{kind.name}")

    return view


def _preview(request: HttpRequest, kind: Kind, site: admin.AdminSite) -> HttpResponse:
    """Keep the upload and show what it would do."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, kind, site, form=form)
    owner = _person(request).pk
    digest = uploads.keep(form.cleaned_data["file"], owner=owner, kind=kind.name)
    file = uploads.find(digest, owner=owner, kind=kind.name)
    report = kind.run(request, file, dry_run=True)
    if report.errors:
        uploads.remove(digest, owner=owner, kind=kind.name)
    name = form.cleaned_data["file"].name
    return _page(request, kind, site, form=UploadForm(), report=report, file_name=name)


def _confirm(request: HttpRequest, kind: Kind, site: admin.AdminSite) -> HttpResponse:
    """Write: import exactly the file that was shown."""
    digest, owner = request.POST["digest"], _person(request).pk
    file = uploads.find(digest, owner=owner, kind=kind.name)
    report = kind.run(request, file, dry_run=False, expected_sha256=digest)
    uploads.remove(digest, owner=owner, kind=kind.name)
    if report.errors:
        return _page(request, kind, site, form=UploadForm(), report=report)
    messages.success(request, told(report, kind.model))
    if report.in_past:
        messages.warning(request, f"Of these {report.past_sentence}")
    return HttpResponseRedirect(kind.list_url)


def _page(
    request: HttpRequest,
    kind: Kind,
    site: admin.AdminSite,
    *,
    form: UploadForm,
    report: ImportReport | None = None,
    file_name: str = "",
) -> HttpResponse:
    _, example = sample_rows(kind.columns, now=timezone.now())
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": f"Import {kind.name}",
        "opts": kind.model._meta,
        "kind": kind.name,
        "columns": list(zip(kind.columns, example, strict=True)),
        "sample_url": reverse(f"admin:pooling_sample_{kind.name}"),
        "changes": shown_changes(report, kind.columns) if report else (),
        "list_url": kind.list_url,
        "form": form,
        "report": report,
        "file_name": file_name,
    }
    return TemplateResponse(request, "admin/import_file.html", context)


def _person(request: HttpRequest) -> AbstractBaseUser:
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def _only_teams(request: HttpRequest) -> frozenset[str] | None:
    ids = teams_of(request)
    if ids is None:
        return None
    return frozenset(Team.objects.filter(pk__in=ids).values_list("ref", flat=True))


def _run_bookings(request: HttpRequest, file: Path, **options: Any) -> ImportReport:
    done = import_bookings(
        file,
        now=timezone.now(),
        actor=Actor.of_user(_person(request)),
        only_teams=_only_teams(request),
        **options,
    )
    return done.report


def _run_interpreters(request: HttpRequest, file: Path, **options: Any) -> ImportReport:
    return import_interpreters(
        file,
        now=timezone.now(),
        actor=Actor.of_user(_person(request)),
        only_teams=_only_teams(request),
        may_make_teams=request.user.has_perm(ADD_TEAM),
        **options,
    )


BOOKINGS = Kind(name="bookings", model=Booking, columns=BOOKING_COLUMNS, run=_run_bookings)
INTERPRETERS = Kind(
    name="interpreters",
    model=Interpreter,
    columns=INTERPRETER_COLUMNS,
    run=_run_interpreters,
)
