"""Readers for the variables of the environment.

Each returns a checked value or raises :class:`SettingError` with one line that names the variable
and says what is wanted. A line never repeats a value that may hold a secret. An empty variable
counts as unset, so that a line of ``.env.example`` without a value changes nothing.
"""

from __future__ import annotations

import datetime
import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})
KEY_LENGTH = 50
KEY_VARIETY = 5


class SettingError(ImproperlyConfigured):
    """A variable is missing or wrong; the message is one plain line for the operator."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks, or the default if it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """A yes-or-no variable: true/false, yes/no, on/off or 1/0."""
    value = text(name).lower()
    if not value:
        return default
    if value not in YES | NO:
        raise SettingError(name, "must be true or false")
    return value in YES


def number(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number between low and high, both included."""
    value = text(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
        raise SettingError(name, f"must be a whole number from {low} to {high}")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """A list separated by commas, without empty entries."""
    return [entry.strip() for entry in text(name, default).split(",") if entry.strip()]


def choice(name: str, default: str, *, allowed: tuple[str, ...]) -> str:
    """One of the allowed words, in any case."""
    value = text(name, default).upper()
    if value not in allowed:
        raise SettingError(name, f"must be one of {', '.join(allowed)}")
    return value


def time_zone(name: str, default: str) -> str:
    """The name of an IANA time zone that this machine knows."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        raise SettingError(name, "must be an IANA time zone such as Europe/Paris") from None
    return value


def clock_time(name: str, default: str) -> datetime.time:
    """A time of day as HH:MM, outside the hours that summer time skips or repeats."""
    value = text(name, default)
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise SettingError(name, "must be a time of day such as 06:00")
    moment = datetime.time.fromisoformat(value)
    if moment.hour in (1, 2):
        raise SettingError(name, "must lie outside 01:00-02:59: summer time skips or repeats them")
    return moment


def folder(name: str, default: str, *, base: Path) -> Path:
    """An absolute path; a relative one counts from base."""
    return base / Path(text(name, default)).expanduser()


def origins(name: str) -> list[str]:
    """A list of origins such as https://pool.example.org, each with its scheme."""
    found = names(name)
    if not all(re.fullmatch(r"https?://[^/\s]+", origin) for origin in found):
        raise SettingError(name, "must list origins such as https://pool.example.org")
    return found


def secret_key(name: str, file_name: str, *, default_file: Path, debug: bool) -> str:
    """The signing key: the variable, else the content of a file; there is no default.

    Only while debugging a fixed key stands in. Raises SettingError if the key is missing, cannot
    be read, or is too short to be a secret.
    """
    key = text(name) or key_from_file(file_name, default_file) or ("debug" * 10 if debug else "")
    if not key:
        raise SettingError(name, f"is not set, and there is no key file (see {file_name})")
    if len(key) < KEY_LENGTH or (len(set(key)) < KEY_VARIETY and not debug):
        raise SettingError(name, f"must be random and have at least {KEY_LENGTH} characters")
    return key


def key_from_file(name: str, default_file: Path) -> str:
    """The key in the file that the variable names, or in the default file if that exists."""
    path = Path(text(name)).expanduser() if text(name) else default_file
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        if not text(name):
            return ""
        raise SettingError(name, f"names a file that does not exist: {path}") from None
    except (OSError, ValueError):
        raise SettingError(name, f"names a file that cannot be read: {path}") from None
