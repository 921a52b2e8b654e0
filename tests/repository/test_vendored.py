"""Files of others stand in the repository unchanged, each with its licence and checksum."""

import hashlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src/jinxiu"
LIST = "VENDORED.txt"
every_folder = pytest.mark.parametrize("folder", ["ui/static/vendor", "documents/vendor"])


def listed(folder: str) -> dict[str, str]:
    """Return file name → SHA-256 as VENDORED.txt says."""
    lines = (PACKAGE / folder / LIST).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("  ", 1) for line in lines if line and not line.startswith("#")]
    return {name: digest for digest, name in pairs}


def present(folder: str) -> dict[str, str]:
    """Return file name → SHA-256 as the folder is."""
    place = PACKAGE / folder
    files = [path for path in place.rglob("*") if path.is_file() and path.name != LIST]
    return {path.relative_to(place).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@every_folder
def test_every_vendored_file_is_the_one_that_was_published(folder: str) -> None:
    assert present(folder) == listed(folder)


@every_folder
def test_every_vendored_part_brings_its_licence(folder: str) -> None:
    parts = {name.split("/")[0] for name in listed(folder)}
    assert all(f"{part}/LICENSE" in listed(folder) for part in parts)
