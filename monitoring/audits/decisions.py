"""Whether what is bound follows from what was decided, from the stored records alone."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from assignment.engine.explain import rederived
from assignment.engine.record import reading, unpack
from assignment.enums import Outcome
from assignment.errors import StoredDataError
from assignment.models import Assignment, Decision, Roster
from monitoring.audits.finding import Examined, Wrong
from pooling.models import Plan

Key = tuple[int, int]
Decided = tuple[str, tuple[str, ...]]
Bound = tuple[str, ...]
DAMAGED: Bound = ("nothing that can be read",)
UNDOES = (Plan.Kind.UNDO, Plan.Kind.REDO)


def everybody_bound_follows_from_the_record(_: dt.datetime) -> Examined:
    """A run bound exactly those whom its stored figures put first; two streams, side by side."""
    checked = 0
    wrong = []
    for (booking_id, _operation), decided, bound in _side_by_side(_decided(), _bound()):
        checked += 1
        if decided is None or bound != decided[1]:
            ref = decided[0] if decided else str(booking_id)
            told = ", ".join(decided[1]) if decided else "nothing"
            wrong.append(
                Wrong(
                    key=booking_id,
                    thing=f"booking {ref}",
                    message=f"Its record says {told or 'nobody'}, bound was "
                    f"{', '.join(bound) or 'nobody'}: find out who changed it.",
                )
            )
    return Examined(checked=checked, wrong=tuple(wrong))


def _decided() -> Iterator[tuple[Key, Decided]]:
    """Yield (ref, whom the figures put first) by booking and operation, in ascending order."""
    records = dict(Roster.objects.values_list("digest", "record"))

    @lru_cache(maxsize=256)
    def roster(digest: str) -> list[str]:
        refs: list[str] = unpack(records[digest])["refs"]
        return refs

    rows = Decision.objects.filter(operation__run__isnull=False).order_by(
        "booking_id", "operation_id", "pk"
    )
    columns = ("booking_id", "operation_id", "booking__ref", "outcome", "record", "roster_id")
    for booking_id, operation_id, ref, outcome, record, digest in rows.values_list(
        *columns
    ).iterator():
        chosen: tuple[str, ...] = ()
        if outcome == Outcome.ASSIGN and digest is not None:
            try:
                with reading(ref):
                    chosen = rederived(record, refs=roster(digest))
            except StoredDataError:
                chosen = DAMAGED
        yield (booking_id, operation_id), (ref, chosen)


def _bound() -> Iterator[tuple[Key, Bound]]:
    """Yield the refs by position that a deciding run bound, in the same order."""
    rows = (
        Assignment.objects.filter(operation__run__isnull=False)
        .exclude(operation__run__kind__in=UNDOES)
        .order_by("booking_id", "operation_id", "position")
        .values_list("booking_id", "operation_id", "interpreter__ref")
    )
    for key, group in groupby(rows.iterator(), key=itemgetter(0, 1)):
        yield key, tuple(ref for _, _, ref in group)


def _side_by_side(
    decided: Iterable[tuple[Key, Decided]], bound: Iterable[tuple[Key, Bound]]
) -> Iterator[tuple[Key, Decided | None, Bound]]:
    """Yield both sides of each key; what one side lacks is None or empty."""
    nothing: Bound = ()
    sides: Iterator[tuple[Key, Decided | None, Bound]] = heapq.merge(
        ((key, row, nothing) for key, row in decided),
        ((key, None, row) for key, row in bound),
        key=itemgetter(0),
    )
    for key, group in groupby(sides, key=itemgetter(0)):
        found = list(group)
        yield key, found[0][1], found[-1][2]
