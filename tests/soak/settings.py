"""The product's settings with a lease of seconds, so that many end within one soak."""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403 - the point of this module

POOL_LEASE_SECONDS = int(os.environ["SOAK_LEASE_SECONDS"])
