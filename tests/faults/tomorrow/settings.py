"""The settings of a later version."""

from __future__ import annotations

from config.settings import *  # noqa: F403 - the point of this module
from config.settings import INSTALLED_APPS as OF_TODAY

INSTALLED_APPS = (*OF_TODAY, "tests.faults.tomorrow")
