"""Static settings, read from the environment and from ``.env``; ``.env.example`` lists them all.

What coordinators change while the service runs is the policy, a versioned row, not a setting.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

from environ import Env

from config import databases, environment
from config.environment import SettingError

BASE_DIR = Path(__file__).resolve().parent.parent
if (BASE_DIR / ".env").exists():
    Env.read_env(BASE_DIR / ".env")

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")

# --- Where and how it runs ---------------------------------------------------------------------

DEBUG = environment.flag("DEBUG", default=False)
INSECURE_LOCAL_HTTP = environment.flag("INSECURE_LOCAL_HTTP", default=False)
BEHIND_PROXY = environment.flag("BEHIND_PROXY", default=False)
PORT = environment.number("PORT", 8000, low=1, high=65535)
VAR_DIR = environment.folder("VAR_DIR", "var", base=BASE_DIR)
WORKER_NAME = environment.text("WORKER_NAME", socket.gethostname())
LOG_LEVEL = environment.choice(
    "LOG_LEVEL", "INFO", allowed=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
)

ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS", ",".join(LOOPBACK))
if INSECURE_LOCAL_HTTP and not set(ALLOWED_HOSTS) <= set(LOOPBACK):
    raise SettingError("INSECURE_LOCAL_HTTP", f"allows only {', '.join(LOOPBACK)} as ALLOWED_HOSTS")
if "*" in ALLOWED_HOSTS and not DEBUG:
    raise SettingError("ALLOWED_HOSTS", "must name the hosts; * is refused")
CSRF_TRUSTED_ORIGINS = environment.origins("CSRF_TRUSTED_ORIGINS")

# --- Secrets -----------------------------------------------------------------------------------

SECRET_KEY = environment.secret_key(
    "SECRET_KEY", "SECRET_KEY_FILE", default_file=VAR_DIR / "secret_key", debug=DEBUG
)
SECRET_KEY_FALLBACKS = environment.names("SECRET_KEY_FALLBACKS")

# --- Data --------------------------------------------------------------------------------------

DATABASE_URL = environment.text(
    "DATABASE_URL", f"sqlite:///{quote(str(VAR_DIR))}/interpool.sqlite3"
)
REDIS_URL = environment.text("REDIS_URL")
DATABASES: dict[str, dict[str, Any]] = {
    "default": databases.database(DATABASE_URL, base=BASE_DIR),
}
if DATABASES["default"]["ENGINE"] == databases.SQLITE:
    databases.create_private_file(DATABASES["default"]["NAME"])
CACHES: dict[str, dict[str, Any]] = {"default": databases.cache(REDIS_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Application -------------------------------------------------------------------------------

INSTALLED_APPS: tuple[str, ...] = (
    "monitoring.apps.InterpoolAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "assignment.apps.AssignmentConfig",
    "pooling.apps.PoolingConfig",
    "monitoring.apps.MonitoringConfig",
)
MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.refuse_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.end_old_sessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "monitoring.one_time_password.ask_for_own_password",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
TEMPLATES = (
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": (BASE_DIR / "templates",),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": (
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ),
        },
    },
)
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

USE_I18N = True
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
TIME_ZONE = environment.time_zone("TIME_ZONE", "UTC")

# --- Security ----------------------------------------------------------------------------------

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

HTTPS = not (INSECURE_LOCAL_HTTP or DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ("^healthz$",)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_ENGINE = "monitoring.sessions"
SESSION_COOKIE_AGE = 2 * 3600
"""Seconds without a request after which a session ends; a visible dashboard polls and counts."""
SESSION_ABSOLUTE_AGE = 12 * 3600
"""Seconds after signing in at which a session ends, whatever happens."""

# --- Work --------------------------------------------------------------------------------------

SWEEP_TIME = environment.clock_time("SWEEP_TIME", "06:00")
POOL_LEASE_SECONDS = environment.number("POOL_LEASE_SECONDS", 90, low=30, high=3600)
Q_WORKERS = environment.number("Q_WORKERS", 2, low=1, high=32)
Q_CLUSTER: dict[str, Any] = {
    "name": "interpool",
    "orm": "default",
    "workers": Q_WORKERS,
    "queue_limit": Q_WORKERS,
    "timeout": 120,
    "retry": 400,
    "max_attempts": 3,
    "catch_up": False,
    "save_limit": 250,
    "recycle": 200,
    "time_zone": TIME_ZONE,
}

# --- Log ---------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "config.logs.PlainFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain"},
        "file": {  # what broke a command: its user sees one sentence and a reference
            "class": "logging.handlers.WatchedFileHandler",
            "filename": VAR_DIR / "interpool.log",
            "delay": True,
            "formatter": "plain",
        },
    },
    "root": {"handlers": ("console",), "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": (), "level": LOG_LEVEL},
        "assignment.command": {"handlers": ("file",), "level": "DEBUG", "propagate": False},
        "django-q": {"level": "DEBUG" if LOG_LEVEL == "DEBUG" else "WARNING"},
    },
}
