"""What a plan knows, and how it grows with each choice."""

from __future__ import annotations

from tests.assignment.engine.values import after, dr, facts, person, request, work


def test_deficit_splits_the_hours_of_all_active_people_by_weight() -> None:
    idle, full, half = person("P1"), person("P2"), person("P3", weight=0.5)
    gone = person("P4", active=False)
    known = facts(idle, full, half, gone, hours={"P2": 4, "P3": 1, "P4": 50})

    # 5 hours over the weights 1 + 1 + 0.5: 2 h, 2 h and 1 h.
    assert [known.deficit_hours(row) for row in (idle, full, half)] == [2.0, -2.0, 0.0]
    assert [known.hours(row) for row in (idle, full, half)] == [0.0, 4.0, 2.0]


def test_deficit_without_active_people_is_nothing() -> None:
    gone = person("P1", active=False)

    assert facts(gone, hours={"P1": 3}).deficit_hours(gone) == 0.0


def test_add_counts_work_for_hours_overlap_and_last_start() -> None:
    one, two = person("P1"), person("P2")
    known = facts(one, two, last={"P1": after(days=-3)})

    known.add(request("B5", start=after(days=1), hours=1.5), person_ids=(1,))

    assert (known.hours(one), known.hours(two)) == (1.5, 0.0)
    assert (known.deficit_hours(one), known.deficit_hours(two)) == (-0.75, 0.75)
    assert known.account(1).last_start == after(days=1)
    assert list(known.overlapping(1, start=after(days=1), end=after(days=1, minutes=1))) == [
        work("B5", start=after(days=1), hours=1.5)
    ]
    assert list(known.overlapping(2, start=after(days=1), end=after(days=2))) == []
    assert known.dr_history == []


def test_add_keeps_a_later_last_start() -> None:
    known = facts(person("P1"), last={"P1": after(days=9)})

    known.add(request(start=after(days=1)), person_ids=(1,))

    assert known.account(1).last_start == after(days=9)


def test_add_leaves_out_hours_before_the_window() -> None:
    known = facts(person("P1"), window_days=0)

    known.add(request("B1", start=after()), person_ids=(1,))
    known.add(request("B2", start=after(minutes=61)), person_ids=(1,))

    assert known.account(1).seconds == 3600


def test_add_remembers_who_served_a_dr() -> None:
    known = facts(person("P1"), person("P2"), drs=[dr("B9", "P1", start=after(days=-1))])

    known.add(request("B1", start=after(days=1), meeting_type="DR"), person_ids=(1, 2))
    known.add(request("B2", start=after(days=2), meeting_type="DR"), person_ids=())

    assert known.latest_dr(before=after(days=9), after=after(days=-9)) == dr(
        "B1", "P1", "P2", start=after(days=1)
    )
    assert known.latest_dr(before=after(days=1), after=after(days=-9)) == dr(
        "B9", "P1", start=after(days=-1)
    )


def test_starting_within_is_half_open() -> None:
    rows = [work(f"B{n}", start=after(hours=n)) for n in (4, 1, 3, 2)]
    known = facts(person("P1"), busy={"P1": rows})

    found = known.starting_within(1, start=after(hours=2), end=after(hours=4))

    assert [row.booking_ref for row in found] == ["B2", "B3"]


def test_work_that_is_taken_back_clashes_no_more_with_or_without_the_index() -> None:
    start, end = after(days=1), after(days=1, hours=1)
    for requests in (0, 1_000):
        known = facts(person("P1"))
        before = known.copy()
        known.expect(requests)
        known.add(request("B5", start=start), person_ids=(1,))
        assert known.clash(1, start=start, end=end) == ("B5", "06:00", "07:00")

        known.remove(request("B5", start=start), person_ids=(1,), before=before)

        assert known.clash(1, start=start, end=end) is None
