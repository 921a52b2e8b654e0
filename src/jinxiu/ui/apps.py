"""The look of every page; knows no other package of ours."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "jinxiu.ui"
    label = "ui"
