"""How the stock pages write dates: as the cells of our own do, such as Fri 27 Nov 2026, 12:09."""

from __future__ import annotations

DATE_FORMAT = SHORT_DATE_FORMAT = "D j M Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "D j M Y, H:i"
TIME_FORMAT = "H:i"
