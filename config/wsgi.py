"""The WSGI application that gunicorn serves."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.declared import read_as_utf8
from config.start import load_settings

load_settings()
application = read_as_utf8(get_wsgi_application())
import_module(settings.ROOT_URLCONF)  # nobody's first page waits until all pages are found
