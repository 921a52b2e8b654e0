"""Files of others stand in the repository unchanged, each with its licence and checksum."""

import hashlib
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[2] / "src/jinxiu/ui/static/vendor"
LIST = "VENDORED.txt"


def listed() -> dict[str, str]:
    """Return file name → SHA-256 as VENDORED.txt says."""
    lines = (VENDOR / LIST).read_text(encoding="utf-8").splitlines()
    pairs = [line.split("  ", 1) for line in lines if line and not line.startswith("#")]
    return {name: digest for digest, name in pairs}


def present() -> dict[str, str]:
    """Return file name → SHA-256 as the folder is."""
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.name != LIST]
    return {path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_every_vendored_file_is_the_one_that_was_published():
    assert present() == listed()


def test_every_vendored_part_brings_its_licence():
    parts = {name.split("/")[0] for name in listed()}
    assert all(f"{part}/LICENSE" in listed() for part in parts)
