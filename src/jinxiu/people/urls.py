"""Addresses of the register."""

from django.urls import path

from jinxiu.people.search import views as search

urlpatterns = [
    path("people/", search.search, name="people"),
]
