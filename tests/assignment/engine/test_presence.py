"""Who was away, and the colleagues' average that calibrates them."""

from __future__ import annotations

from assignment.engine.presence import Absence, Presence
from tests.assignment.engine.values import after


def away(person_id: int, first: float, last: float, *, weight: float = 1.0) -> Absence:
    """An absence between two days."""
    return Absence(
        person_id=person_id, weight=weight, start=after(days=first), end=after(days=last)
    )


def test_nobody_is_ever_away() -> None:
    presence = Presence(total_weight=3)

    assert not presence
    assert presence.away_at(after()) == frozenset()
    assert presence.calibrations([(after(), 3_600)]) == {}


def test_absences_are_half_open_and_may_overlap() -> None:
    presence = Presence([away(1, 1, 3), away(1, 2, 4), away(2, 3, 5)], total_weight=4)

    days = (0.9, 1, 2.5, 3, 4, 5)
    assert [sorted(presence.away_at(after(days=day))) for day in days] == [
        [],
        [1],
        [1],
        [1, 2],
        [2],
        [],
    ]
    assert presence.span == (after(days=1), after(days=5))


def test_who_is_away_gets_the_average_by_weight_of_those_who_are_there() -> None:
    # Weights 1, 0.5 and 2.5 of 4 in all; while 2 is away 3.5 are there.
    presence = Presence([away(2, 1, 3, weight=0.5)], total_weight=4)

    assert presence.calibration(at=after(days=2), seconds=7_000) == {2: 1_000}
    assert presence.calibration(at=after(days=3), seconds=7_000) == {}
    worked = [(after(days=0), 7_000), (after(days=1), 3_500), (after(days=2), 1_750)]
    assert presence.calibrations(worked) == {2: 750}


def test_work_while_everybody_is_away_calibrates_nobody() -> None:
    presence = Presence([away(1, 1, 3), away(2, 1, 3)], total_weight=2)

    assert presence.calibrations([(after(days=2), 3_600)]) == {}
