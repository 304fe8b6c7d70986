"""The one way into the application: settings are read first, and a wrong one ends the start."""

from __future__ import annotations

import importlib
import os
import sys

from config.environment import SettingError

WRONG_INPUT = 2


def load_settings() -> None:
    """Read the settings; on a wrong one print a plain line and exit with code 2."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    try:
        importlib.import_module("config.settings")
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(WRONG_INPUT) from None
