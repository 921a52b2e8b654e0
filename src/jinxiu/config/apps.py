"""The place where all is put together, as Django knows it."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Brings in the checks of the installation."""

    name = "jinxiu.config"

    def ready(self) -> None:
        """Register the checks."""
        from jinxiu.config import checks  # noqa: F401
