"""``load_sample``."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from tqdm import tqdm

from assignment.audit import COMMAND
from assignment.command import Answer, InterpoolCommand
from assignment.errors import InputError
from assignment.wording import counted
from pooling.sample.loading import Loaded, load_sample


class Command(InterpoolCommand):
    """Fill an empty database with a believable service, the same for the same seed."""

    help = "Load sample data into an empty database: three weeks past, eight weeks to come."
    takes_now = True

    def arguments(self, parser: CommandParser) -> None:
        """Add the sizes, the seed and the first day."""
        parser.add_argument("--bookings", type=int, default=1_500, metavar="N")
        parser.add_argument("--interpreters", type=int, default=42, metavar="M")
        parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument("--start", metavar="DATE", help="the day it is set in; default: today")

    def answer(self, options: dict[str, Any]) -> Answer:
        """Load and report."""
        now = options["now"]
        with tqdm(
            total=options["bookings"], desc="bookings", file=sys.stderr, disable=None, leave=False
        ) as bar:
            loaded = load_sample(
                bookings=options["bookings"],
                interpreters=options["interpreters"],
                seed=options["seed"],
                start=first_day(options["start"], now=now),
                now=now,
                actor=COMMAND,
                progress=bar.update,
            )
        return Answer(data=vars(loaded), text=sample_text(loaded))


def first_day(text: str | None, *, now: dt.datetime) -> dt.date:
    """Return the day, today by the display time zone unless told; raises InputError."""
    if not text:
        return timezone.localdate(now)
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"“{text[:40]}” is no date: write such as 2026-11-23.") from error


def sample_text(loaded: Loaded) -> str:
    """Return the counts in one line."""
    return (
        f"Sample data: {counted(loaded.interpreters, 'interpreter', 'interpreters')} in "
        f"{counted(loaded.teams, 'team', 'teams')} with "
        f"{counted(loaded.leave, 'time', 'times')} of leave, "
        f"{counted(loaded.bookings, 'booking', 'bookings')} "
        f"({loaded.past:,} of them completed)."
    )
