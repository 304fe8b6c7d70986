"""Addresses: the admin is the product, the health check is for machines."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path
from django.utils.module_loading import import_string
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("healthz", import_string("monitoring.health.healthz"), name="healthz"),
    path("admin/", admin.site.urls),
]
