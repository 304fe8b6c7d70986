"""Frozen values that the decision about a session works on; nothing here reads the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from zoneinfo import ZoneInfo

from assignment.engine.request import Needs, Person
from assignment.enums import Channel, PresenceStatus, Strategy
from assignment.working_hours import Shift

Caller = Literal["request", "queue", "handover", "transfer", "by_hand"]
"""Who asks for a decision; all of them come through the one pipeline."""

ALL_LANES = (0, 99)
HANDED_OVER = "handed_over"
"""Why somebody let a session pass that they had: they gave it back to the desk."""
SHORTEST = dt.timedelta(minutes=5)
"""A session is given only to people who have so long until their next work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One session to be decided, as of one caller.

    ``holder`` has it now and gives it away. ``named`` was chosen by a person: the desk's
    hours and strategy do not stand against that. ``passes``: when somebody let it pass;
    ``handed_over``: those of them who last handed it over.
    """

    id: int
    ref: str
    channel: str
    needs: Needs
    contact: str
    caller: Caller
    holder: int | None = None
    named: int | None = None
    passes: Mapping[int, dt.datetime] = field(default_factory=dict)
    handed_over: frozenset[int] = frozenset()
    known_reason: str = ""

    @property
    def takes_whole_person(self) -> bool:
        """Phone and video leave room for nothing else."""
        return self.channel != Channel.CHAT

    @property
    def kind(self) -> tuple[Needs, bool] | None:
        """What it shares with others that meet the same "no"; None = it stands for itself.

        The contact is not part of it: whether somebody serves it is asked of each.
        """
        own = self.passes or self.named or self.holder
        return None if own else (self.needs, self.takes_whole_person)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskView:
    """How the desk works. ``zone`` None: missing or invalid, so that it is closed."""

    context_key: str
    shifts: tuple[Shift, ...]
    zone: ZoneInfo | None
    strategy: Strategy
    expected: dt.timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Busy:
    """A time in which lanes of a person are taken; ``live``: by a session that goes on."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    lane_from: int
    lane_to: int
    ref: str
    live: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A person of the desk. ``assigned``: sessions in the desk's period; ``deficit``: hours."""

    person: Person
    status: str
    since: dt.datetime | None
    max_chats: int
    busy: tuple[Busy, ...] = ()
    assigned: int = 0
    deficit: float = 0.0

    def taken(self, *, now: dt.datetime) -> tuple[Busy, ...]:
        """Return what takes lanes of the person now."""
        soon = now + SHORTEST
        return tuple(
            row for row in self.busy if row.live or (row.starts_at < soon and row.ends_at > now)
        )

    def active(self, *, now: dt.datetime) -> int:
        """Return how many sessions the person has now."""
        return sum(row.live for row in self.taken(now=now))

    def free_lanes(self, call: Call, *, now: dt.datetime) -> tuple[int, int] | None:
        """Return the first lane for a chat, all lanes for others; None when none is free."""
        if call.takes_whole_person:
            return None if self.taken(now=now) else ALL_LANES
        lane = self._free_lane(now=now)
        return None if lane is None else (lane, lane)

    def has_room(self, *, now: dt.datetime) -> bool:
        """Tell whether one more chat would have a lane."""
        return self._free_lane(now=now) is not None

    def _free_lane(self, *, now: dt.datetime) -> int | None:
        taken = self.taken(now=now)
        for lane in range(self.max_chats):
            if not any(row.lane_from <= lane <= row.lane_to for row in taken):
                return lane
        return None

    def free_until(self, *, now: dt.datetime) -> dt.datetime | None:
        """Return when the person's next work begins, as far as it is known."""
        return min((row.starts_at for row in self.busy if row.starts_at > now), default=None)


@dataclass(kw_only=True)
class Situation:
    """Everything that decisions of one desk at one moment rely on; grows as they are made.

    ``members`` by ref. ``served``: refs of the held sessions of each contact.
    """

    now: dt.datetime
    desk: DeskView
    members: tuple[Member, ...]
    served: dict[str, list[str]]

    def member(self, person_id: int) -> Member | None:
        """Return a member by their id."""
        return next((row for row in self.members if row.person.id == person_id), None)

    @property
    def is_full(self) -> bool:
        """Somebody is online, and none of those has room even for a chat."""
        online = [row for row in self.members if row.status == PresenceStatus.ONLINE]
        return bool(online) and not any(row.has_room(now=self.now) for row in online)

    def kept_until(self, member: Member) -> dt.datetime:
        """Return how long a session that begins now is kept: at most to the next work."""
        end = self.now + self.desk.expected
        following = member.free_until(now=self.now)
        return min(end, following) if following else end

    def add(self, call: Call, *, person_id: int, lanes: tuple[int, int]) -> None:
        """Count this session as taken by that person from now on."""
        row = Busy(
            starts_at=self.now,
            ends_at=self.now + self.desk.expected,
            lane_from=lanes[0],
            lane_to=lanes[1],
            ref=call.ref,
            live=True,
        )
        self.members = tuple(
            replace(member, busy=(*member.busy, row), assigned=member.assigned + 1)
            if member.person.id == person_id
            else member
            for member in self.members
        )
        if call.contact:
            self.served.setdefault(call.contact, []).append(call.ref)
