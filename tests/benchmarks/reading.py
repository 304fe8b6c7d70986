"""Reading at 10, 10,000 and 1,000,000 bookings: numbers, pages, the ledger, an explanation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from assignment.engine.explain import Explanation, explain
from assignment.enums import Mode
from assignment.ledger import fairness
from assignment.models import Decision
from assignment.policies import current_policy
from monitoring.board import count_slices
from pooling.status import next_ready, pool_status
from tests.benchmarks.bare import Bare
from tests.benchmarks.filling import NOW, add_due, add_people
from tests.benchmarks.many_rows import PEOPLE, grow
from tests.benchmarks.measuring import Pair, Side, compare, median_seconds
from tests.benchmarks.options import Options
from tests.benchmarks.reading_bare import (
    LEDGER,
    READY,
    bare_slices,
    bare_status,
    bare_verdicts,
    keep_verdicts,
    status_numbers,
)
from tests.benchmarks.statements import counted
from tests.benchmarks.sweep import swept
from tests.benchmarks.table import Row, limit_row, ratio_row
from tests.benchmarks.two_sizes import Page, copied

SIZES = (10, 10_000, 1_000_000)
WINDOW_DAYS = 60
MOST_QUERIES = 15
LISTS = (
    "assignment_booking",
    "pooling_poolentry",
    "pooling_attention",
    "assignment_assignment",
    "assignment_interpreter",
    "assignment_auditevent",
    "pooling_run",
)


def measure(options: Options) -> Iterator[Row]:
    """Yield pages at each size against themselves at 10, then the numbers at the largest."""
    add_people(PEOPLE)
    decided = _decided()
    pages = _pages(decided)
    sizes = [SIZES[0], *(options.size(size, least=1_000) for size in SIZES[1:])]
    known = _grow(sizes[0], known=(0, 0))
    queries = {name: [_queries(page)] for name, page in pages.items()}
    pairs: dict[str, list[Pair]] = {name: [] for name in pages}
    with copied() as small:
        for size in sizes[1:]:
            known = _grow(size, known=known)
            for name, page in pages.items():
                pairs[name].append(small.compare(page))
                queries[name].append(_queries(page))
    for name in pages:
        yield from _page_rows(name, pairs[name], queries[name], sizes=sizes)
    yield from _numbers(size=sizes[-1])
    yield _ledger()
    yield _explanation(decided)


def _decided() -> Decision:
    """Write one decision about all people."""
    add_due(1)
    swept()
    return Decision.objects.get()


def _pages(decided: Decision) -> dict[str, Page]:
    user = User.objects.create_superuser("bench")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)

    def get(address: str) -> int:
        answer = client.get(address)
        if answer.status_code != 200:
            raise ValueError(f"{address} answers {answer.status_code}")
        return len(answer.content)

    pages: dict[str, Page] = {"dashboard": partial(get, reverse("admin:index"))}
    for name in LISTS:
        address = reverse(f"admin:{name}_changelist")
        pages[f"list {name.split('_')[1]}"] = partial(get, address)
    address = reverse("admin:assignment_booking_change", args=[decided.booking_id])
    pages["booking with its decision"] = partial(get, address)
    return pages


def _grow(size: int, *, known: tuple[int, int]) -> tuple[int, int]:
    """Write up to so many bookings, one in ten pooled; return how many of each there are."""
    pooled = max(known[0], size // 10)
    done = max(known[1], size - pooled)
    ready = known[0] + (pooled - known[0]) // 10
    grow(pooled=(known[0] + 1, ready), done=(known[1] + 1, done), status="ready")
    grow(pooled=(ready + 1, pooled), done=(1, 0))
    return pooled, done


def _queries(page: Page) -> int:
    """Return the queries of a page that was shown before."""
    page()
    return counted(page)[1]


def _page_rows(
    name: str, pairs: Sequence[Pair], queries: Sequence[int], *, sizes: Sequence[int]
) -> Iterator[Row]:
    row = ratio_row(f"{name}: {sizes[-1]:,} against {sizes[0]}", pairs[-1], at_most=2)
    times = ", ".join(
        f"{size:,}: {1000 * pair.ours:.3g} and {1000 * pair.reference:.3g}"
        for size, pair in zip(sizes[1:], pairs, strict=True)
    )
    yield replace(row, note=f"ms there and at {sizes[0]} in turns, at {times}")
    row = limit_row(
        f"{name}: queries", queries[-1], at_most=MOST_QUERIES, unit="", reference=queries[0]
    )
    same = len(set(queries)) == 1
    note = "" if same else f"not the same at each size: {', '.join(map(str, queries))}"
    yield replace(row, holds=bool(row.holds) and same, note=note)


def _numbers(*, size: int) -> Iterator[Row]:
    """Yield the numbers against bare SQL; one round trip is taken off first."""
    bare = Bare(keeps_statements=False)
    trip = median_seconds(lambda: bare.rows("SELECT 1"))
    mode = current_policy().mode
    sides: tuple[tuple[str, Side, Side], ...] = (
        (
            "the next 100 ready entries",
            Side(run=lambda: next_ready(now=NOW)),
            Side(run=partial(bare.rows, READY, [NOW])),
        ),
        (
            "numbers of the pool",
            Side(run=lambda: pool_status(now=NOW), work=status_numbers),
            Side(run=partial(bare_status, bare, NOW)),
        ),
        (
            "numbers of the dashboard",
            Side(
                run=lambda: count_slices(now=NOW, mode=mode, teams=None),
                work=lambda counts: sorted(counts.values()),
            ),
            Side(run=partial(bare_slices, bare, NOW, mode), work=sorted),
        ),
    )
    for name, ours, reference in sides:
        pair = compare(ours, reference)
        ratio = (pair.ours - trip) / pair.reference
        row = ratio_row(f"{name} at {size:,}, bare SQL", pair, at_most=1.5)
        note = f"of {1000 * pair.ours:.3g} ms one round trip of {1000 * trip:.3g} ms is taken off"
        yield replace(row, ratio=ratio, holds=ratio <= 1.5, note=note)
    bare.close()


def _ledger() -> Row:
    bare = Bare(keeps_statements=False)
    policy = current_policy()
    policy = replace(
        policy,
        mode=Mode.CUSTOM,
        custom=replace(policy.custom, fairness_window_days=WINDOW_DAYS),
    )
    since = NOW - dt.timedelta(days=WINDOW_DAYS)
    pair = compare(
        Side(
            run=lambda: fairness(now=NOW, policy=policy),
            work=lambda found: round(sum(row.hours for row in found.rows), 2),
        ),
        Side(
            run=partial(bare.rows, LEDGER, [since]),
            work=lambda rows: round(sum(float(hours) for _, _, hours in rows), 2),
        ),
    )
    bare.close()
    what = f"fairness of {PEOPLE:,} people over {WINDOW_DAYS} days, bare aggregate SQL"
    return ratio_row(what, pair, at_most=1.5)


def _explanation(decided: Decision) -> Row:
    """Compare with reading a row a person: what the compact record stands for."""
    bare = Bare(keeps_statements=False)

    def ours() -> Explanation:
        found = Decision.objects.select_related("booking", "policy", "roster").get(pk=decided.pk)
        return explain(found)

    keep_verdicts(bare, ours())
    pair = compare(
        Side(
            run=ours,
            work=lambda told: sorted(
                (row.interpreter, row.verdict, row.rule, row.reason, row.cure, row.name)
                for row in told.candidates
            ),
        ),
        Side(
            run=partial(bare_verdicts, bare, decided.pk),
            work=lambda rows: sorted((*row[:5], row[-1]) for row in rows),
        ),
    )
    bare.close()
    return ratio_row(f"explain with {PEOPLE:,} candidates, reading the rows", pair, at_most=2)
