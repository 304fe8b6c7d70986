"""The one family of errors that a person may see."""

from __future__ import annotations

from typing import ClassVar, Literal

Category = Literal["network", "validation", "integrity", "permission", "system"]
Severity = Literal["low", "medium", "high", "critical"]


class InterpoolError(Exception):
    """Base of all errors of the product; its message is for a person.

    Details (SQL, paths, values) go to the log, never into the message.
    """

    code: ClassVar[str] = "error"
    category: ClassVar[Category] = "system"
    severity: ClassVar[Severity] = "high"
    retryable: ClassVar[bool] = False


class InputError(InterpoolError):
    """What was given is wrong; nothing was changed."""

    code = "input"
    category = "validation"
    severity = "low"


class RefusedError(InterpoolError):
    """The request is sound, but cannot be done now."""

    code = "refused"
    category: ClassVar[Category] = "integrity"
    severity: ClassVar[Severity] = "medium"


class NewerVersionError(InterpoolError):
    """A newer version of the product wrote something that this one does not know."""

    code = "newer_version"


class StoredDataError(InterpoolError):
    """Something that is stored has been damaged and cannot be read."""

    code = "stored_data"
    category = "integrity"
    severity = "high"


class StaleError(InterpoolError):
    """A fact that the choice relied on has changed since."""

    code = "stale"
    category = "integrity"
    severity = "low"
    retryable = True


class ConflictError(InterpoolError):
    """The same key was used before for something else; what was done then stands."""

    code = "conflict"
    category = "integrity"
    severity = "low"


class LeaseLostError(InterpoolError):
    """The lease of a claim ran out and somebody else took the entry."""

    code = "lease_lost"
    category = "integrity"
    severity = "medium"
    retryable = True


class DependencyError(InterpoolError):
    """A database or Redis that is needed cannot be reached."""

    code = "dependency"
    category = "network"
    retryable = True


class CounterError(DependencyError):
    """Redis, which keeps the turns of round robin, does not answer or holds no number."""

    code = "counter"
