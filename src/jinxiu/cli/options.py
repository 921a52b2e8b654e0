"""Options that several commands share, and how their values are read."""

import argparse
from datetime import date
from pathlib import Path

LANGUAGES = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}


def add_data(parser: argparse.ArgumentParser) -> None:
    """`--data DIR`."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="data directory with keys and embedded database (default: /var/lib/jinxiu as root, else "
        "~/.local/share/jinxiu; JINXIU_DATA changes the default)",
    )


def add_port(parser: argparse.ArgumentParser) -> None:
    """`--port N`."""
    parser.add_argument("--port", type=port, default=8000, metavar="N", help="port on 127.0.0.1 (default: 8000)")


def add_as_of(parser: argparse.ArgumentParser, required: bool = False) -> None:
    """`--as-of DATE`."""
    default = "" if required else " (default: today in China)"
    parser.add_argument(
        "--as-of", type=day, required=required, metavar="DATE", help=f"the day asked about, YYYY-MM-DD{default}"
    )


def day(text: str) -> date:
    """A calendar day between 1900 and 2200 from its ISO form."""
    try:
        value = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no date; write it as 2026-09-30") from None
    if not 1900 <= value.year < 2200:
        raise argparse.ArgumentTypeError(f"{text} is out of range; dates from 1900 to 2199 are understood")
    return value


def port(text: str) -> int:
    """A TCP port that an ordinary program may listen on."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; write a number from 1 to 65535, for example 8000")
    return int(text)


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no count; write a whole number of at least 1")
    return int(text)
