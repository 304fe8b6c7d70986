"""The product's settings, with a cheap password hash and plain static files.

``tests.environment`` has set the variables that they read.
"""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403 - the point of this module
from config.settings import DATABASES, STORAGES

DATABASES["default"]["TEST"] = {"NAME": os.environ["TEST_DATABASE_NAME"]}
PASSWORD_HASHERS = ("django.contrib.auth.hashers.MD5PasswordHasher",)
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
