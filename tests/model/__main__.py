"""``python -m tests.model STEPS SEED...``: walk each seed, print where it ended as JSON.

The database is made where it is not yet.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import django
from django.core.management import call_command


def main(steps: int, seeds: Sequence[int]) -> None:
    """Make the tables, walk, print."""
    django.setup()
    call_command("migrate", verbosity=0)
    from tests.model.walk import walk

    with tempfile.TemporaryDirectory() as folder:
        ended = {seed: walk(seed, steps=steps, folder=Path(folder)) for seed in seeds}
    json.dump(ended, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(seed) for seed in sys.argv[2:]])
