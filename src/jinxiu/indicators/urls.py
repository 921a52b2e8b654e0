"""Addresses of the indicators."""

from django.urls import path

from jinxiu.indicators import views

urlpatterns = [
    path("indicators/", views.indicators, name="indicators"),
    path("indicators/export/", views.export, name="indicators-export"),
    path("indicators/<slug:measure_id>/", views.indicator, name="indicator"),
    path("indicators/<slug:measure_id>/people/", views.people, name="indicator-people"),
]
