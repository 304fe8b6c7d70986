"""Files for the tests of the import, and what the tables hold before and after it."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from django.apps import apps
from django.core import serializers

from assignment.models import Booking, Interpreter, Team

HEADER = "ref,title,meeting_type,starts_at,ends_at,languages"
GOOD = "BK-1,Budget talks,General,2026-12-01T09:00:00+01:00,2026-12-01T10:30:00+01:00,ja;th"
PEOPLE_HEADER = "ref,name,languages"


def write_csv(folder: Path, *lines: str, name: str = "file.csv") -> Path:
    """Write lines as UTF-8 and return the file."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def make_team(ref: str = "paris") -> Team:
    """Write a team."""
    return Team.objects.create(ref=ref, name=ref.title(), time_zone="Europe/Paris")


def make_person(ref: str = "IN-1", **fields: object) -> Interpreter:
    """Write an interpreter who speaks Japanese, Thai and English."""
    values = {"name": "Somchai Example", "languages": "en;ja;th", **fields}
    return Interpreter.objects.create(ref=ref, **values)


def make_booking(ref: str = "BK-1", **fields: object) -> Booking:
    """Write the booking of GOOD, by its default."""
    values = {
        "title": "Budget talks",
        "meeting_type": "General",
        "starts_at": dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC),
        "ends_at": dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC),
        "languages": "ja;th",
        **fields,
    }
    return Booking.objects.create(ref=ref, **values)


def database_digest() -> str:
    """Return a digest of every row of the product's own tables."""
    digest = hashlib.sha256()
    for model in sorted(apps.get_app_config("assignment").get_models(), key=lambda m: m.__name__):
        rows = model._default_manager.order_by("pk")
        digest.update(serializers.serialize("json", rows).encode())
    return digest.hexdigest()
