"""Django's command line for Interpool: ``python manage.py COMMAND``."""

from __future__ import annotations

import sys

from django.core.management import execute_from_command_line

from config.start import load_settings

if __name__ == "__main__":
    load_settings()
    execute_from_command_line(sys.argv)
