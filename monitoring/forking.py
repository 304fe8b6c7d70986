"""What must be let go before a process forks.

A connection to SQLite that is carried over a fork, be it one that was closed while a forgotten
cursor still read from it, makes the child believe that it holds the locks on the file. Then the
next process to leave takes the log away under it, and what it writes is lost.
"""

from __future__ import annotations

import gc
import os

from django.db import connections


def let_connections_go() -> None:
    """Close the connections of this thread, with those that only a dead cursor keeps open."""
    connections.close_all()
    gc.collect()


def let_connections_go_at_forks() -> None:
    """Write to this process: from now on no fork of it, or of its children, carries one."""
    let_connections_go()
    os.register_at_fork(before=let_connections_go)
