"""The small district that commands are tried on."""

from tests.cli.conftest import data_dir, district

__all__ = ["data_dir", "district"]
