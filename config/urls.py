"""Addresses: the admin is the product, the health check is for machines."""

from __future__ import annotations

from django.contrib import admin
from django.templatetags.static import static
from django.urls import path
from django.utils.functional import lazy
from django.utils.module_loading import import_string
from django.views.generic import RedirectView

static_lazy = lazy(static, str)

admin.autodiscover()
handler500 = "monitoring.sorry.sorry"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("favicon.ico", RedirectView.as_view(url=static_lazy("interpool/favicon.svg"))),
    path("healthz", import_string("monitoring.health.healthz"), name="healthz"),
    path("admin/", admin.site.urls),
]
