"""An independent check of the tables: own SQL, own code, nothing of the product.

``assert_sound()`` fails with every sentence about what is wrong. Use it after whatever
happened to a database: a sweep, a killed process, a race.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from tests.rederived import rederived

Row = dict[str, Any]
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def assert_sound(*, from_the_start: bool = False) -> None:
    """Nothing is wrong. ``from_the_start``: every booking's history begins "not gated yet"."""
    wrong = [
        *overlaps(),
        *states(),
        *positions(),
        *people(),
        *decisions(),
        *leases(),
        *histories(from_the_start=from_the_start),
        *runs(),
    ]
    assert not wrong, "\n".join(wrong)


def overlaps() -> Iterator[str]:
    """Two pieces of work of one person at one time in one lane."""
    for row in ask(
        "SELECT a.id AS one, b.id AS other FROM assignment_assignment a"
        " JOIN assignment_assignment b ON a.interpreter_id = b.interpreter_id AND a.id < b.id"
        " WHERE a.state IN ('active', 'completed') AND b.state IN ('active', 'completed')"
        " AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
        " AND a.lane_from <= b.lane_to AND b.lane_from <= a.lane_to"
    ):
        yield f"assignments {row['one']} and {row['other']} overlap"


def states() -> Iterator[str]:
    """Every booking is in exactly one state."""
    for row in ask("SELECT * FROM assignment_booking"):
        found = [
            *([row["pool_status"]] if row["pool_status"] is not None else []),
            *(["escalated"] if row["escalated_at"] is not None else []),
            *([row["state"]] if row["state"] != "waiting" else []),
        ]
        if len(found) > 1:
            yield f"{row['ref']} is {' and '.join(found)}"


def positions() -> Iterator[str]:
    """Approved = all positions active, at the booking's time; waiting or cancelled = none."""
    rows = defaultdict(list)
    for row in ask("SELECT * FROM assignment_assignment ORDER BY position"):
        if row["state"] in ("active", "completed"):
            rows[row["booking_id"]].append(row)
    for booking in ask("SELECT * FROM assignment_booking"):
        mine, ref = rows[booking["id"]], booking["ref"]
        wanted = {"approved": "active", "completed": "completed"}.get(booking["state"])
        due = list(range(1, booking["interpreters_needed"] + 1)) if wanted else []
        if [row["position"] for row in mine] != due:
            yield f"{ref} is {booking['state']} with positions {[r['position'] for r in mine]}"
        for row in mine:
            if wanted and row["state"] != wanted:
                yield f"{ref} is {booking['state']}, its assignment {row['state']}"
            if any(row[name] != booking[name] for name in ("starts_at", "ends_at")):
                yield f"{ref} is at another time than its assignment"


def people() -> Iterator[str]:
    """Everybody who is bound may, can and does work then."""
    leave = defaultdict(list)
    for row in ask("SELECT * FROM assignment_leave"):
        leave[row["interpreter_id"]].append(row)
    kinds = {
        (row["booking_id"], row["interpreter_id"])
        for row in ask(
            "SELECT * FROM assignment_bookingperson WHERE kind IN ('excluded', 'declined')"
        )
    }
    unwanted = {
        (row["owner"], row["interpreter_id"]) for row in ask("SELECT * FROM assignment_donotsend")
    }
    for row in ask(
        "SELECT b.ref, b.id AS booking_id, b.languages AS wanted, b.skills AS wanted_skills,"
        " b.team_id AS wanted_team, b.owner, a.starts_at, a.ends_at, i.id AS person_id,"
        " i.ref AS person, i.languages, i.skills, i.team_id, i.active, i.hours,"
        " COALESCE(NULLIF(i.time_zone, ''), t.time_zone, 'UTC') AS zone,"
        " COALESCE(t.active, i.active) AS team_active"
        " FROM assignment_assignment a JOIN assignment_booking b ON b.id = a.booking_id"
        " JOIN assignment_interpreter i ON i.id = a.interpreter_id"
        " LEFT JOIN assignment_team t ON t.id = i.team_id WHERE a.state = 'active'"
    ):
        named = (row["booking_id"], row["person_id"]) in kinds
        at = {"start": row["starts_at"], "end": row["ends_at"]}
        skills = set(filter(None, row["wanted_skills"].split(";")))
        wrong = {
            "is not active": not (row["active"] and row["team_active"]),
            "does not speak the languages": not speaks(row["languages"], row["wanted"]),
            "has not the skills": not skills <= set(row["skills"].split(";")),
            "is of another team": row["wanted_team"] not in (None, row["team_id"]),
            "is on leave": away(leave[row["person_id"]], **at),
            "is excluded or has declined": named,
            "is not wanted by the owner": (row["owner"], row["person_id"]) in unwanted,
            "does not work then": not works(row["hours"], row["zone"], **at),
        }
        for what in (text for text, found in wrong.items() if found):
            yield f"{row['ref']}: {row['person']} {what}"


def away(leave: list[Row], *, start: dt.datetime, end: dt.datetime) -> bool:
    """Whether any of these leaves touches [start, end)."""
    return any(row["starts_at"] < end and start < row["ends_at"] for row in leave)


def speaks(languages: str, wanted: str) -> bool:
    """Whether these languages hold every tag, and every pair or both its ends."""
    known = set(languages.split(";"))
    return all(
        tag in known or (">" in tag and known >= set(tag.split(">"))) for tag in wanted.split(";")
    )


def works(hours: str, zone: str, *, start: dt.datetime, end: dt.datetime) -> bool:
    """Whether every minute of a meeting lies in a shift, asked minute by minute."""
    if not hours:
        return True
    minutes: set[tuple[int, int]] = set()
    for part in hours.split(";"):
        days, times = part.strip().split()
        first, _, last = days.partition("-")
        (opens, closes) = (60 * int(t[:-3]) + int(t[-2:]) for t in times.split("-"))
        day, stop = DAYS.index(first), DAYS.index(last or first)
        while True:
            for minute in range(opens, closes if closes > opens else closes + 1440):
                minutes.add(((day + minute // 1440) % 7, minute % 1440))
            if day == stop:
                break
            day = (day + 1) % 7
    moment = start
    while moment < end:
        local = moment.astimezone(ZoneInfo(zone))
        if (local.weekday(), 60 * local.hour + local.minute) not in minutes:
            return False
        moment += dt.timedelta(minutes=1)
    return True


def decisions() -> Iterator[str]:
    """Who was bound follows from the record alone, and nothing was decided twice in a run.

    An undo, and the undo of one, bind again who had the very place before.
    """
    bound, new = bindings()
    seen: Counter[tuple[int, int]] = Counter()
    for row in ask(
        "SELECT d.*, r.record AS roster, b.ref FROM assignment_decision d"
        " JOIN assignment_roster r ON r.digest = d.roster_id"
        " JOIN assignment_booking b ON b.id = d.booking_id"
    ):
        key = (row["booking_id"], row["operation_id"])
        seen[key] += 1
        refs = json.loads(zlib.decompress(bytes(row["roster"])))["refs"]
        record = json.loads(zlib.decompress(bytes(row["record"])))
        chosen = rederived(record, refs=refs, booking=row["ref"])
        if row["outcome"] != "assign":
            chosen = []
        if chosen != bound[key]:
            yield f"{row['ref']}: the record says {chosen}, bound are {bound[key]}"
    yield from (
        f"booking {key[0]} was decided {n} times in one run" for key, n in seen.items() if n > 1
    )
    undos = "SELECT * FROM pooling_run WHERE kind IN ('undo', 'redo')"
    again = {row["operation_id"] for row in ask(undos)}
    for booking, operation in set(bound) - set(seen):
        if operation not in again:
            yield f"booking {booking} is bound without a decision"
        elif new[booking, operation]:
            yield f"booking {booking} was bound again to others than before"


def bindings() -> tuple[dict[tuple[int, int], list[str]], dict[tuple[int, int], list[str]]]:
    """Whom each operation bound, by booking and operation; and those who had not that place yet."""
    bound: dict[tuple[int, int], list[str]] = defaultdict(list)
    new: dict[tuple[int, int], list[str]] = defaultdict(list)
    held = set()
    for row in ask(
        "SELECT a.id, a.booking_id, a.operation_id, a.position, a.by_hand, i.ref"
        " FROM assignment_assignment a JOIN assignment_interpreter i ON i.id = a.interpreter_id"
        " WHERE a.booking_id IS NOT NULL ORDER BY a.position, a.id"
    ):
        place = row["booking_id"], row["position"], row["ref"]
        if row["operation_id"] is not None and not row["by_hand"]:
            bound[row["booking_id"], row["operation_id"]].append(row["ref"])
            if place not in held:
                new[row["booking_id"], row["operation_id"]].append(row["ref"])
        held.add(place)
    return bound, new


def leases() -> Iterator[str]:
    """A lease and a holder while processing, and only then."""
    for row in ask("SELECT * FROM assignment_booking"):
        holds = (row["pool_lease_until"] is not None, row["pool_claimed_by"] != "")
        if holds != (row["pool_status"] == "processing",) * 2:
            yield f"{row['ref']} is {row['pool_status']} with lease and holder {holds}"


def histories(*, from_the_start: bool) -> Iterator[str]:
    """Each event begins where the one before ended; the last one is how the booking is now."""
    steps = defaultdict(list)
    for row in ask("SELECT * FROM assignment_auditevent WHERE object_type = 'booking' ORDER BY id"):
        if row["to_state"]:
            steps[row["object_ref"]].append(row)
    for booking in ask("SELECT * FROM assignment_booking"):
        ref, mine, now = booking["ref"], steps[booking["ref"]], state_of(booking)
        for before, after in pairwise(mine):
            if before["to_state"] != after["from_state"]:
                step = f"{after['action']} from {after['from_state']}"
                yield f"{ref}: {before['to_state']}, then {step}"
        if mine and mine[-1]["to_state"] != now:
            yield f"{ref} is {now}, its last event says {mine[-1]['to_state']}"
        if from_the_start and (mine[0]["from_state"] if mine else now) != "ungated":
            yield f"{ref} does not begin ungated"
        if from_the_start and booking["pool_status"] is not None:
            claims = attempts(mine)
            if claims != booking["pool_processing_attempts"]:
                yield f"{ref} has {booking['pool_processing_attempts']} attempts, {claims} claims"


def attempts(events: list[Row]) -> int:
    """How many claims count since the booking last passed the gate, or was handed over."""
    count = 0
    for event in events:
        begun = {"gate": 0, "hand_over": event["attempt"]}
        steps = {"claim": count + 1, "unclaim": count - 1}
        count = (begun | steps).get(event["action"], count)
    return count


def state_of(booking: Row) -> str:
    """The one state of a booking."""
    if booking["pool_status"] is not None:
        return str(booking["pool_status"])
    if booking["escalated_at"] is not None:
        return "escalated"
    return "ungated" if booking["state"] == "waiting" else str(booking["state"])


def runs() -> Iterator[str]:
    """A finished run has a result for every entry, and counts that are true."""
    results: dict[int, Counter[str]] = defaultdict(Counter)
    for row in ask("SELECT plan_id, result FROM pooling_planrow"):
        results[row["plan_id"]][row["result"]] += 1
    for run in ask("SELECT * FROM pooling_run WHERE state = 'done'"):
        names = ("assigned", "escalated", "failed", "pooled")
        counts = {name: run[name] for name in names if run[name]}
        if counts != dict(results[run["plan_id"]]):
            yield f"run {run['id']} says {counts}, its rows {dict(results[run['plan_id']])}"


def ask(sql: str) -> list[Row]:
    """The rows of a query, instants aware in UTC."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column[0] for column in cursor.description]
        return [
            {n: read(n, v) for n, v in zip(names, row, strict=True)} for row in cursor.fetchall()
        ]


def read(name: str, value: Any) -> Any:
    """A value as it is, an instant of SQLite as what it says."""
    if isinstance(value, str) and (name.endswith("_at")):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    return value
