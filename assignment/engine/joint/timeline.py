"""What a finished board has against each person for one task, found for all of them at once."""

from __future__ import annotations

from bisect import bisect_left

from assignment.engine.joint.board import NOBODY, Board


class Timeline:
    """The tasks that somebody has, in order of start. The board must not change any more.

    A task is compared with the few that lie around it in time instead of with each person's own.
    """

    def __init__(self, board: Board) -> None:
        self.board, self.problem = board, board.problem
        self.held = [task for task, who in enumerate(board.owner) if who != NOBODY]
        self.held.sort(key=board.start.__getitem__)
        self.starts = [board.start[task] for task in self.held]
        lengths = (task.end - task.start for task in self.problem.tasks)
        self.reach = max(lengths, default=0) + self.problem.margin

    def clashes(self, task: int) -> dict[int, int]:
        """Return by person one task of theirs that cannot go together with this one.

        The nearest before it in time, or else the nearest after its start, or else one that
        must stay apart. Who has the task itself clashes with it.
        """
        owner, found = self.board.owner, dict[int, int]()
        start, end = self.board.start[task], self.board.end[task]
        first = bisect_left(self.starts, start - self.reach)
        middle = bisect_left(self.starts, start, lo=first)
        last = bisect_left(self.starts, end + self.problem.margin, lo=middle)
        for other in self.held[first:middle]:
            if self._meets(task, other):
                found[owner[other]] = other
        for other in self.held[middle:last]:
            if self._meets(task, other):
                found.setdefault(owner[other], other)
        for other in self.problem.apart.get(task, ()):
            if owner[other] != NOBODY:
                found.setdefault(owner[other], other)
        return found

    def _meets(self, one: int, other: int) -> bool:
        """Tell whether the two overlap or lie closer together than they may."""
        a, b = self.problem.tasks[one], self.problem.tasks[other]
        margin = a.margin if a.margin > b.margin else b.margin
        return a.start < b.end + margin and b.start < a.end + margin
