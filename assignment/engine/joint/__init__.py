"""The joint decision over abstract tasks and people; knows nothing of bookings or tables."""

from __future__ import annotations

from assignment.engine.joint.problem import Cap, Problem, Task
from assignment.engine.joint.solve import Solution, cover, solve

__all__ = ["Cap", "Problem", "Solution", "Task", "cover", "solve"]
