"""The sample as a description: what is in it, and that it is the same every time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from assignment.booking_rules import BookingValues, booking_findings
from assignment.interpreter_rules import InterpreterValues, interpreter_findings
from assignment.past_work import PastBooking
from assignment.working_hours import parse_hours
from pooling.sample.bookings import Describer
from pooling.sample.past import Rota, describe_past
from pooling.sample.people import Staff, describe_staff
from pooling.sample.slots import future_slots, past_slots

START = dt.date(2026, 11, 23)
ZONES = {"bangkok": "Asia/Bangkok", "tokyo": "Asia/Tokyo", "paris": "Europe/Paris"}


def staff(seed: int = 1) -> Staff:
    return describe_staff(size=42, seed=seed, start=START)


def future(seed: int = 1, count: int = 1_200) -> list[BookingValues]:
    describer = Describer(staff(seed), seed=seed)
    slots = future_slots(count, seed=seed, start=START)
    return [describer.describe(slot, ref=f"BK-{n:06}") for n, slot in enumerate(slots, start=1)]


def past(seed: int = 1, count: int = 300) -> list[PastBooking]:
    people = staff(seed)
    return list(
        describe_past(
            past_slots(count, seed=seed, start=START),
            describer=Describer(people, seed=seed),
            rota=Rota(people, seed=seed),
        )
    )


def is_at_work(person: InterpreterValues, start: dt.datetime, end: dt.datetime) -> bool:
    """Tell it the plain way: one shift of the same local day holds the whole meeting."""
    first, last = (moment.astimezone(ZoneInfo(ZONES[person.team])) for moment in (start, end))
    opens, closes = (moment.hour * 60 + moment.minute for moment in (first, last))
    return first.date() == last.date() and any(
        shift.weekday == first.weekday() and shift.start <= opens and closes <= shift.end
        for shift in parse_hours(person.hours)
    )


def can_do(person: InterpreterValues, booking: BookingValues, people: Staff) -> bool:
    """Tell whether a person has what a booking asks for, whatever else they do."""
    assert booking.starts_at is not None
    assert booking.ends_at is not None
    start, end = booking.starts_at, booking.ends_at
    wanted = set(booking.languages.replace(">", ";").split(";"))
    return (
        person.active
        and booking.team in ("", person.team)
        and wanted <= set(person.languages.split(";"))
        and (not booking.skills or booking.skills in person.skills.split(";"))
        and person.ref not in booking.excluded
        and (booking.owner, person.ref) not in people.do_not_send
        and is_at_work(person, start, end)
        and not any(
            away.person == person.ref and away.starts_at < end and start < away.ends_at
            for away in people.leave
        )
    )


def covered(bookings: Sequence[BookingValues], people: Staff) -> int:
    """Return how many bookings the simplest greedy hand covers: first who is free."""
    busy: dict[str, list[tuple[dt.datetime, dt.datetime]]] = {}
    count = 0
    for booking in bookings:
        assert booking.starts_at is not None
        assert booking.ends_at is not None
        start, end = booking.starts_at, booking.ends_at
        free = [
            person.ref
            for person in people.people
            if can_do(person, booking, people)
            and all(end <= begins or ends <= start for begins, ends in busy.get(person.ref, ()))
        ]
        chosen = [ref for ref in booking.pinned if ref in free] or free
        if set(booking.pinned) <= set(chosen) and len(chosen) >= booking.interpreters_needed:
            count += 1
            for ref in chosen[: booking.interpreters_needed]:
                busy.setdefault(ref, []).append((start, end))
    return count


def test_the_same_seed_gives_the_same_sample_and_another_one_another() -> None:
    assert staff(1) == staff(1)
    assert future(1, 200) == future(1, 200)
    assert past(1, 100) == past(1, 100)
    assert staff(1) != staff(2)
    assert future(1, 200) != future(2, 200)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_in_it_passes_the_rules(seed: int) -> None:
    for person in staff(seed).people:
        assert interpreter_findings(person) == ()
    for booking in (*future(seed, 400), *(row.values for row in past(seed, 100))):
        assert booking_findings(booking) == ()


def test_the_people_are_a_service_of_three_teams() -> None:
    people = staff().people

    assert Counter(person.team for person in people) == {"bangkok": 16, "tokyo": 14, "paris": 12}
    languages = {tag for person in people for tag in person.languages.split(";")}
    assert languages == {"de", "en", "fr", "ja", "ko", "th", "vi", "zh"}
    skills = {skill for person in people for skill in person.skills.split(";") if skill}
    assert skills == {"finance", "legal", "medical", "technical"}
    assert {str(person.weight) for person in people} == {"1", "0.5", "0.6", "0.8"}
    assert len({person.name for person in people}) == 42
    assert sum(not person.active for person in people) == 1


def test_the_bookings_are_of_all_types_over_eight_weeks() -> None:
    bookings = future()

    kinds = Counter(booking.meeting_type for booking in bookings)
    assert set(kinds) == {"DR", "VIP", "Weekly", "General", "Urgent", "Other"}
    assert min(kinds.values()) >= 40
    dr_types = {booking.dr_type for booking in bookings if booking.meeting_type == "DR"}
    assert dr_types == {"PR-PR", "DR-k", "DR-II", "DR-I", "Other"}
    days = [booking.starts_at.date() for booking in bookings if booking.starts_at]
    assert min(days) >= START + dt.timedelta(days=1)
    assert max(days) <= START + dt.timedelta(days=56)
    weekdays = Counter(day.weekday() for day in days)
    assert min(weekdays[1], weekdays[3]) > max(weekdays[0], weekdays[2], weekdays[4])
    assert {booking.interpreters_needed for booking in bookings} == {1, 2, 3}
    assert any(booking.preferred for booking in bookings)
    assert any(booking.excluded for booking in bookings)


def test_a_series_is_one_client_at_one_hour_every_week() -> None:
    bookings = future()
    group = next(booking.group for booking in bookings if booking.group.startswith("DR "))
    series = [booking for booking in bookings if booking.group == group]

    assert len(series) == 8
    assert len({(row.owner, row.languages, row.dr_type, row.room) for row in series}) == 1
    starts = [row.starts_at for row in series if row.starts_at]
    gaps = {later - earlier for earlier, later in pairwise(starts)}
    assert gaps == {dt.timedelta(days=7)}


def test_a_few_bookings_are_for_nobody() -> None:
    people, bookings = staff(), future()

    unspoken = [booking for booking in bookings if booking.languages == "en;sw"]
    nights = [row for row in bookings if row.starts_at and row.starts_at.weekday() == 6]
    on_leave = [
        booking
        for booking in bookings
        if booking.pinned
        and not any(
            can_do(person, booking, people)
            for person in people.people
            if person.ref in booking.pinned
        )
    ]
    assert (len(unspoken) > 0, len(nights) > 0, len(on_leave) > 0) == (True, True, True)
    assert not any(can_do(person, row, people) for row in nights for person in people.people)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_about_ninety_five_percent_can_be_covered(seed: int) -> None:
    bookings = future(seed)

    share = covered(bookings, staff(seed)) / len(bookings)

    assert 0.92 <= share <= 0.985


def test_the_past_was_done_by_people_who_could_and_none_was_in_two_places() -> None:
    people = staff()
    by_ref = {person.ref: person for person in people.people}
    busy: dict[str, list[tuple[dt.datetime, dt.datetime]]] = {}
    rows = past()

    assert len(rows) > 280
    for row in rows:
        values = row.values
        assert values.starts_at is not None
        assert values.ends_at is not None
        start, end = values.starts_at, values.ends_at
        assert START - dt.timedelta(days=21) <= start.date() < START
        assert len(row.people) == len(set(row.people)) == values.interpreters_needed
        for ref in row.people:
            assert can_do(by_ref[ref], values, people)
            assert all(end <= begins or ends <= start for begins, ends in busy.get(ref, ()))
            busy.setdefault(ref, []).append((start, end))


def test_the_past_was_unfair() -> None:
    minutes: Counter[str] = Counter()
    for row in past():
        assert row.values.starts_at is not None
        assert row.values.ends_at is not None
        for ref in row.people:
            minutes[ref] += int((row.values.ends_at - row.values.starts_at).total_seconds() // 60)

    assert max(minutes.values()) > 3 * min(minutes.values())
