"""``python -m tests.soak.actor NAME SEED FOLDER BEGAN``: does one deed after the other."""

from __future__ import annotations

import logging
import os
import random
import select
import sys
import time
from pathlib import Path

import django
from django.db import connection

from assignment.errors import InterpoolError
from assignment.failures import DATABASE_ERRORS, classify
from tests.soak.history import History


def work(name: str, seed: str, folder: Path, began: float) -> None:
    """Go on for ever; somebody else ends this process."""
    from tests.soak.deeds import DEEDS, Doer

    if "LD_PRELOAD" in os.environ:
        # libfaketime breaks the sleep of Python, which waits for an instant
        time.sleep = sleep  # type: ignore[assignment]
    dice = random.Random(f"{seed}/{name}")
    doer = Doer(name=name, dice=dice, folder=folder, began=began)
    history = History(folder / f"{name}.jsonl")
    while True:
        deed = dice.choices(list(DEEDS), weights=list(DEEDS.values()))[0]
        title = deed.__name__
        history.invoke(title)
        try:
            history.ended(title, "ok", **deed(doer))
        except InterpoolError as error:
            history.ended(title, "fail", error=error.code)
        except DATABASE_ERRORS as error:
            kind = classify(error).kind
            history.ended(title, "unknown", error=kind, text=str(error)[:200])
            connection.close()
        except Exception as error:
            logging.exception("%s", title)
            history.ended(title, "broken", error=type(error).__name__, text=str(error)[:200])
        time.sleep(dice.uniform(0, 0.3))


def sleep(seconds: float) -> None:
    """Wait for a duration, whatever the clock says."""
    select.select([], [], [], seconds)


if __name__ == "__main__":
    django.setup()
    work(sys.argv[1], sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]))
