"""The WSGI application that gunicorn serves."""

from __future__ import annotations

from django.core.wsgi import get_wsgi_application

from config.start import load_settings

load_settings()
application = get_wsgi_application()
