"""Who did the past bookings of the sample: unevenly, but never against a rule. Pure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from zoneinfo import ZoneInfo

from assignment.booking_rules import BookingValues
from assignment.enums import MeetingType
from assignment.interpreter_rules import InterpreterValues
from assignment.models.fields import split_tags
from assignment.past_work import PastBooking
from assignment.working_hours import cover, parse_hours
from pooling.sample.bookings import Describer, booking_ref
from pooling.sample.people import Staff
from pooling.sample.slots import Slot

Interval = tuple[dt.datetime, dt.datetime]


class Rota:
    """Gives past bookings to people; some are asked far more often than others."""

    def __init__(self, staff: Staff, *, seed: int) -> None:
        self._dice = Random(f"rota:{seed}")  # noqa: S311 - a description, not a secret
        self._do_not_send = frozenset(staff.do_not_send)
        self._liking = {
            person.ref: (0.1 + self._dice.random()) ** 2 * float(person.weight)
            for person in staff.people
        }
        self._busy: dict[str, list[Interval]] = defaultdict(list)
        for away in staff.leave:
            self._busy[away.person].append((away.starts_at, away.ends_at))
        self._last_dr: tuple[str, ...] = ()

    def choose(
        self, booking: BookingValues, slot: Slot, able: Sequence[InterpreterValues]
    ) -> tuple[str, ...]:
        """Return the people (refs) who did it; empty when too few could."""
        is_dr = slot.meeting_type == MeetingType.DR
        zone = ZoneInfo(slot.team.time_zone)
        chosen: list[str] = []
        for person in sorted(able, key=self._draw):
            is_barred = (booking.owner, person.ref) in self._do_not_send
            if is_barred or (is_dr and person.ref in self._last_dr):
                continue
            if self._can(person, booking, slot, zone):
                chosen.append(person.ref)
            if len(chosen) == booking.interpreters_needed:
                break
        else:
            return ()
        for ref in chosen:
            self._busy[ref].append((slot.starts_at, slot.ends_at))
        self._last_dr = tuple(chosen) if is_dr else self._last_dr
        return tuple(chosen)

    def _draw(self, person: InterpreterValues) -> float:
        """Weighted order without replacement (Efraimidis and Spirakis, 2006)."""
        draw: float = self._dice.random() ** (1 / self._liking[person.ref])
        return -draw

    def _can(
        self, person: InterpreterValues, booking: BookingValues, slot: Slot, zone: ZoneInfo
    ) -> bool:
        start, end = slot.starts_at, slot.ends_at
        return (
            set(split_tags(booking.skills)) <= set(split_tags(person.skills))
            and all(end <= begins or ends <= start for begins, ends in self._busy[person.ref])
            and cover(parse_hours(person.hours), start=start, end=end, zone=zone)
        )


def describe_past(
    slots: Sequence[Slot], *, describer: Describer, rota: Rota
) -> Iterator[PastBooking]:
    """Yield the bookings that were done and by whom; those nobody could do never happened."""
    number = 1
    for slot in slots:
        booking = describer.describe(slot, ref=booking_ref(number))
        done = replace(booking, preferred=(), excluded=(), pinned=())
        people = rota.choose(done, slot, describer.able[slot.team.ref, done.languages])
        if people:
            number += 1
            yield PastBooking(values=done, people=people)
