"""Addresses of the register."""

from django.urls import path

from jinxiu.people.registering import views as registering
from jinxiu.people.search import views as search

urlpatterns = [
    path("people/", search.search, name="people"),
    path("people/new/", registering.new, name="person-new"),
]
