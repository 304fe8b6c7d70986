"""The best split of what two people have: the heart of the search for even shares.

What one of the two has and what it overlaps of the other's must change sides together. Such
clusters are independent of each other, so the best split is a question of subset sums: which
clusters change sides, so that the two deviations come as close as possible. One integer, used
as a set of reachable sums, answers it exactly in microseconds for dozens of tasks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from assignment.engine.joint.board import Board
from assignment.engine.joint.problem import Problem


@dataclass(slots=True)
class Cluster:
    """Tasks of two people that change sides together; ``units`` = first minus second's length."""

    units: int
    first: list[int]
    second: list[int]


class PairSplitter:
    """Splits what two people have as evenly as it can be; knows the problem's constants."""

    def __init__(self, problem: Problem, *, random: Random) -> None:
        self.problem, self.random = problem, random
        self.step = math.gcd(*(task.minutes for task in problem.tasks)) or 1
        self.length = [task.minutes // self.step for task in problem.tasks]
        self.start = [task.start for task in problem.tasks]
        self.until = [task.end + problem.margin for task in problem.tasks]

    def split(self, board: Board, one: int, other: int, *, shake: bool = False) -> bool:
        """Give two people the most even split of what they have; tell whether it changed.

        ``shake`` also takes another split that is just as even, to leave a local optimum.
        """
        clusters = self.clusters(board, one, other)
        if not clusters:
            return False
        gap = board.deviation[one] - board.deviation[other]
        chosen = self._closest(clusters, wanted=gap / (2 * self.step), shake=shake)
        if chosen and self.keeps_caps(board, one, other, chosen):
            self.flip(board, one, other, chosen)
            return True
        return False

    def clusters(self, board: Board, one: int, other: int) -> list[Cluster]:
        """Return what may change sides, in order of start."""
        mine, theirs = board.rows[one], board.rows[other]
        can_mine, can_theirs = self.problem.abilities[one], self.problem.abilities[other]
        start, until, length, apart = self.start, self.until, self.length, self.problem.apart
        found: list[Cluster] = []
        first: list[int] = []
        second: list[int] = []
        units, free, end = 0, True, -math.inf
        i = j = 0
        while i < len(mine) or j < len(theirs):
            from_mine = j == len(theirs) or (i < len(mine) and start[mine[i]] <= start[theirs[j]])
            task = mine[i] if from_mine else theirs[j]
            if start[task] >= end:
                if free and units | len(first) | len(second):
                    found.append(Cluster(units, first, second))
                first, second, units, free = [], [], 0, True
            if from_mine:
                i += 1
                first.append(task)
                units += length[task]
                free = free and task in can_theirs
            else:
                j += 1
                second.append(task)
                units -= length[task]
                free = free and task in can_mine
            if apart and task in apart:
                there = other if from_mine else one
                free = free and all(board.owner[row] != there for row in apart[task])
            if until[task] > end:
                end = until[task]
        if free and units | len(first) | len(second):
            found.append(Cluster(units, first, second))
        return found

    def _closest(self, clusters: list[Cluster], *, wanted: float, shake: bool) -> list[Cluster]:
        """Return the clusters to flip so that their sum comes closest to what is wanted."""
        below = -sum(row.units for row in clusters if row.units < 0)
        reach = 1 << below
        steps = [reach]
        for row in clusters:
            reach |= reach << row.units if row.units >= 0 else reach >> -row.units
            steps.append(reach)
        point = _nearest(reach, wanted + below, limit=abs(wanted), may_equal=shake)
        return [] if point is None else self._trace(clusters, steps, point, shake=shake)

    def _trace(
        self, clusters: list[Cluster], steps: list[int], point: int, *, shake: bool
    ) -> list[Cluster]:
        """Return clusters that sum up to a reachable point, as few as comes, or by chance."""
        chosen = []
        for index in range(len(clusters) - 1, -1, -1):
            row, before = clusters[index], steps[index]
            source = point - row.units
            may_keep = (before >> point) & 1
            may_flip = source >= 0 and (before >> source) & 1
            if may_keep and not (shake and may_flip and self.random.random() < 0.5):
                continue
            chosen.append(row)
            point = source
        return chosen

    def keeps_caps(self, board: Board, one: int, other: int, chosen: list[Cluster]) -> bool:
        """Tell whether both stay within their caps when these clusters change sides."""
        caps = self.problem.caps_of
        if one not in caps and other not in caps:
            return True
        given = {task for row in chosen for task in row.first}
        taken = {task for row in chosen for task in row.second}
        after_one = [task for task in board.rows[one] if task not in given] + list(taken)
        after_other = [task for task in board.rows[other] if task not in taken] + list(given)
        return not (board.exceeds_cap(one, after_one) or board.exceeds_cap(other, after_other))

    def flip(self, board: Board, one: int, other: int, chosen: list[Cluster]) -> None:
        """Let these clusters change sides."""
        given = [task for row in chosen for task in row.first]
        taken = [task for row in chosen for task in row.second]
        for source, target, moved in ((one, other, given), (other, one, taken)):
            gone = set(moved)
            board.rows[source] = [task for task in board.rows[source] if task not in gone]
            for task in moved:
                board.owner[task] = target
        for target, moved in ((other, given), (one, taken)):
            if moved:
                board.rows[target] = sorted(board.rows[target] + moved, key=self.start.__getitem__)
        minutes = self.step * sum(row.units for row in chosen)
        board.deviation[one] -= minutes
        board.deviation[other] += minutes


def _nearest(reach: int, wanted: float, *, limit: float, may_equal: bool) -> int | None:
    """Return the reachable point nearest to what is wanted, when that is nearer than ``limit``.

    At the same distance the lower one; ``may_equal``: as near is enough.
    """
    low = math.floor(wanted)
    high = low + 1
    while True:
        if wanted - low <= high - wanted:
            distance, point = wanted - low, low
            low -= 1
        else:
            distance, point = high - wanted, high
            high += 1
        if distance > limit or (distance == limit and not may_equal):
            return None
        if point >= 0 and (reach >> point) & 1:
            return point
