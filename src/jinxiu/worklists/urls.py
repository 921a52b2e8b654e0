"""Addresses of the day's work."""

from django.urls import path

from jinxiu.worklists import views

urlpatterns = [
    path("", views.home, name="home"),
    path("worklist/", views.worklist, name="worklist"),
    path("worklist/people/<int:person_id>/phone/", views.reveal_phone, name="reveal-phone"),
]
