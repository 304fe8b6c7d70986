"""The policy as frozen values, and the figures of 2-rules (modes, meeting types)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assignment.enums import FairShare, MeetingType, Mode

DrStrength = Literal["hard", "soft", "minimal"]


@dataclass(frozen=True, kw_only=True)
class Weighting:
    """What counts in a mode: weights of the score, window in days, gap in hours, DR penalty."""

    w_fair: float
    w_urgency: float
    w_lrs: float
    fairness_window_days: int
    max_gap_hours: float
    dr_penalty: float


@dataclass(frozen=True, kw_only=True)
class Days:
    """Urgent and general threshold in days."""

    urgent: int
    general: int


PRESETS: Mapping[str, Weighting] = {
    Mode.BALANCE: Weighting(
        w_fair=2.0,
        w_urgency=0.6,
        w_lrs=0.6,
        fairness_window_days=60,
        max_gap_hours=2,
        dr_penalty=-0.8,
    ),
    Mode.NORMAL: Weighting(
        w_fair=1.2,
        w_urgency=0.8,
        w_lrs=0.3,
        fairness_window_days=30,
        max_gap_hours=5,
        dr_penalty=-0.5,
    ),
    Mode.URGENT: Weighting(
        w_fair=0.5,
        w_urgency=2.5,
        w_lrs=0.2,
        fairness_window_days=14,
        max_gap_hours=10,
        dr_penalty=-0.1,
    ),
}

PRIORITIES: Mapping[str, int] = {
    MeetingType.DR: 5,
    MeetingType.VIP: 4,
    MeetingType.WEEKLY: 3,
    MeetingType.GENERAL: 2,
    MeetingType.URGENT: 2,
    MeetingType.OTHER: 1,
}

_TABLE: Mapping[str, tuple[tuple[int, int], ...]] = {
    #                      BALANCE   NORMAL    URGENT    CUSTOM
    MeetingType.DR: ((7, 30), (10, 30), (14, 45), (1, 7)),
    MeetingType.VIP: ((7, 15), (7, 15), (7, 15), (2, 14)),
    MeetingType.WEEKLY: ((3, 15), (7, 15), (14, 30), (3, 30)),
    MeetingType.GENERAL: ((7, 15), (10, 15), (14, 30), (3, 30)),
    MeetingType.URGENT: ((7, 15), (10, 15), (14, 30), (3, 30)),
    MeetingType.OTHER: ((3, 7), (7, 10), (7, 15), (5, 45)),
}

THRESHOLDS: Mapping[tuple[str, str], Days] = {
    (mode, meeting_type): Days(urgent=urgent, general=general)
    for meeting_type, row in _TABLE.items()
    for mode, (urgent, general) in zip(
        (Mode.BALANCE, Mode.NORMAL, Mode.URGENT, Mode.CUSTOM), row, strict=True
    )
}


@dataclass(frozen=True, kw_only=True)
class UnsocialHours:
    """How much an hour of work counts at unsocial times; a factor of 1 is off.

    In the zone of the person or of their team: the night lasts from ``night_from`` to
    ``night_until`` o'clock, the weekend is Saturday and Sunday, ``holidays`` are ISO dates. Of
    several factors the largest counts.
    """

    night_factor: float = 1
    weekend_factor: float = 1
    holiday_factor: float = 1
    night_from: int = 22
    night_until: int = 6
    holidays: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PolicyValues:
    """One version of the policy. ``custom`` holds what CUSTOM uses; presets are fixed."""

    id: int
    version: int
    mode: str
    custom: Weighting
    thresholds: Mapping[tuple[str, str], Days]
    priorities: Mapping[str, int]
    w_preference: float
    w_continuity: float
    allow_partial: bool = False
    soft_rules: frozenset[str] = frozenset()
    soft_penalty: float = -0.5
    fair_share: str = FairShare.OUTCOME
    unsocial: UnsocialHours = UnsocialHours()

    @property
    def weighting(self) -> Weighting:
        """The weights in force: the preset of the mode, or the stored ones for CUSTOM."""
        return PRESETS.get(self.mode, self.custom)

    @property
    def dr_strength(self) -> DrStrength:
        """How strong the DR rule is: 2-rules, table of modes."""
        if self.mode == Mode.BALANCE:
            return "hard"
        if self.mode == Mode.NORMAL:
            return "soft"
        if self.mode == Mode.URGENT:
            return "minimal"
        if self.custom.dr_penalty <= -1.0:
            return "hard"
        return "soft" if self.custom.dr_penalty <= -0.3 else "minimal"

    def days(self, meeting_type: str) -> Days:
        """Return the thresholds of a type in the mode; an unknown type uses Other."""
        found = self.thresholds.get((self.mode, meeting_type))
        return found or self.thresholds[(self.mode, MeetingType.OTHER)]

    def priority(self, meeting_type: str) -> int:
        """Return the priority of a type; an unknown type uses Other."""
        found = self.priorities.get(meeting_type)
        return self.priorities[MeetingType.OTHER] if found is None else found
