"""The look of every page; knows no other package of ours."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UiConfig(AppConfig):
    name = "jinxiu.ui"
    label = "ui"

    def ready(self) -> None:
        """Say what is missing as people say it: Django's own Chinese speaks of fields."""
        from django.forms import Field

        Field.default_error_messages["required"] = _("This field is required.")
