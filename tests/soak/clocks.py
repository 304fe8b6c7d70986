"""F63 and F64: workers whose clock is wrong, or jumps; leases go by the database's clock."""

from __future__ import annotations

from pathlib import Path

from assignment.models import AuditEvent
from tests.soak.ground import Ground
from tests.soak.tools import faketime_library

STEADY = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
JUMPS = ("+0", "-1h", "+1d", "+0", "-10m")


def wrong(ground: Ground) -> str:
    """Two workers' clocks are ten minutes off, either way, beside two true ones."""
    library = faketime_library()
    for offset in ("+10m", "-10m"):
        ground.crew.join(LD_PRELOAD=library, FAKETIME=offset, **STEADY)
        ground.crew.join()
    ground.crew.begin()
    ground.crew.work(20)
    return f"clocks at +10 and -10 minutes; {nobody_rescued(ground)}"


def jumping(ground: Ground) -> str:
    """The clock of two workers jumps back an hour and forward a day while they work."""
    file = Path(ground.home) / "clock"
    file.write_text(JUMPS[0])
    variables = {
        "LD_PRELOAD": faketime_library(),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
    }
    for _ in range(2):
        ground.crew.join(**STEADY, **variables)
        ground.crew.join()
    ground.crew.begin()
    for jump in JUMPS:
        file.write_text(jump)
        ground.crew.work(5)
    return f"jumps {', '.join(JUMPS)}; {nobody_rescued(ground)}"


def nobody_rescued(ground: Ground) -> str:
    """All went on working, and no lease was taken for expired; say so."""
    assert all(one.poll() is None for one in ground.crew.members), "a worker has ended"
    rescued = AuditEvent.objects.filter(action="rescue").count()
    assert not rescued, f"{rescued} entries were rescued from workers that live"
    claims = AuditEvent.objects.filter(action="claim").count()
    assert claims, "nothing was claimed"
    return f"{claims} claims, none rescued early"
