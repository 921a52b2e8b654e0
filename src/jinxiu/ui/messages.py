"""Translations: collect the strings of every app, list what is untranslated, compile what pages read.

    python -m jinxiu.ui.messages            collect, list, compile
    python -m jinxiu.ui.messages --check    change nothing; fail when a string is untranslated or a file out of date

Strings in the code are English; Chinese stands in <app>/locale/zh_Hans/LC_MESSAGES/django.po. Collecting needs the
system's gettext (Debian: gettext); compiling does not. Both write the same bytes for the same strings on every machine.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polib
from django.core.management import call_command
from django.core.management.commands.makemessages import Command as MakeMessages

PACKAGE = Path(__file__).resolve().parents[1]
LOCALE = "zh_Hans"
CATALOGUE = Path("locale") / LOCALE / "LC_MESSAGES" / "django.po"
GETTEXT_TOOLS = ("xgettext", "msgmerge", "msguniq", "msgattrib")
GETTEXT_MISSING = (
    "The system's gettext is not installed, so new strings cannot be collected; "
    "install it (Debian: apt install gettext, macOS: brew install gettext). Everything else was checked."
)
HEADER = "Simplified Chinese texts. Collected and compiled by python -m jinxiu.ui.messages."
# No dates and no names: two machines that collect the same strings write the same file.
METADATA = {
    "Project-Id-Version": "jinxiu",
    "Language": LOCALE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}


class Collect(MakeMessages):
    """Django's makemessages without guesses: a translation of a similar sentence is a wrong translation."""

    msgmerge_options = [*MakeMessages.msgmerge_options, "--no-fuzzy-matching"]


@dataclass(frozen=True)
class Report:
    """What is wrong with the texts of one app, as sentences; empty when all is well."""

    app: str
    problems: tuple[str, ...]


def apps(package: Path = PACKAGE) -> list[Path]:
    """Return the apps that say something: with templates, or with code that asks for translations."""
    return sorted(path for path in package.iterdir() if path.is_dir() and _speaks(path))


def _speaks(app: Path) -> bool:
    if (app / "locale").is_dir() or (app / "templates").is_dir():
        return True
    return any("django.utils.translation" in _text(code) for code in app.rglob("*.py"))


def has_gettext() -> bool:
    """Say whether the system can collect strings."""
    return all(shutil.which(tool) for tool in GETTEXT_TOOLS)


def collect(app: Path) -> None:
    """Bring the app's .po file in line with its code and templates; translations that are there stay."""
    (app / CATALOGUE).parent.mkdir(parents=True, exist_ok=True)
    with _working_in(app):
        call_command(
            Collect(),
            locale=[LOCALE],
            no_obsolete=True,
            no_wrap=True,
            add_location="file",
            verbosity=0,
            ignore_patterns=["static/*"],
        )
    if (app / CATALOGUE).exists():
        _tidy(app / CATALOGUE)


def compile_texts(app: Path) -> bytes:
    """Return the .mo file that belongs to the app's .po file."""
    return bytes(polib.pofile(str(app / CATALOGUE)).to_binary())


def problems_of(app: Path) -> list[str]:
    """List the app's untranslated and uncertain strings, each as a sentence."""
    texts = polib.pofile(str(app / CATALOGUE))
    untranslated = [f"not translated: {_short(entry.msgid)}" for entry in texts.untranslated_entries()]
    fuzzy = [
        f"marked as uncertain (fuzzy), read it again and remove the mark: {_short(e.msgid)}"
        for e in texts.fuzzy_entries()
    ]
    return untranslated + fuzzy


def conflicts(folders: list[Path]) -> list[str]:
    """List the strings that two apps translate differently: pages would show whichever app is loaded first."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    found = []
    for app in folders:
        for entry in polib.pofile(str(app / CATALOGUE)) if (app / CATALOGUE).exists() else []:
            text = entry.msgstr or entry.msgstr_plural.get(0, "")
            first, other = seen.setdefault((entry.msgctxt or "", entry.msgid), (app.name, text))
            if text and other and text != other:
                found.append(f"{app.name}: {_short(entry.msgid)} is “{text}” here and “{other}” in {first}: use one")
    return found


def update(app: Path) -> Report:
    """Collect, compile and report one app."""
    if has_gettext():
        collect(app)
    if not (app / CATALOGUE).exists():
        return Report(app.name, ())
    (app / CATALOGUE).with_suffix(".mo").write_bytes(compile_texts(app))
    return Report(app.name, tuple(problems_of(app)))


def check(app: Path) -> Report:
    """Report one app and what `update` would change, without changing it."""
    found: list[str] = []
    if has_gettext() and _collected_afresh(app) != _text(app / CATALOGUE):
        found.append("django.po does not have the strings of the code: run python -m jinxiu.ui.messages")
    if (app / CATALOGUE).exists():
        compiled = (app / CATALOGUE).with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != compile_texts(app):
            found.append("django.mo does not belong to django.po: run python -m jinxiu.ui.messages")
        found += problems_of(app)
    return Report(app.name, tuple(found))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when every string has its translation, else 1."""
    parser = argparse.ArgumentParser(prog="python -m jinxiu.ui.messages", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing, fail when something is missing or out of date"
    )
    chosen = parser.parse_args(arguments)
    reports = [check(app) if chosen.check else update(app) for app in apps()]
    lines = [f"{report.app}: {problem}" for report in reports for problem in report.problems]
    lines += conflicts(apps())
    lines_of_help = [] if has_gettext() else [GETTEXT_MISSING]
    summary = (
        f"{len(reports)} apps, {len(lines)} things to do."
        if lines
        else f"{len(reports)} apps, every string is translated."
    )
    sys.stdout.write("\n".join([*lines, *lines_of_help, summary]) + "\n")
    return 1 if lines else 0


def _collected_afresh(app: Path) -> str:
    """Collect in a copy and return the text that the .po file should have."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / app.name
        shutil.copytree(app, copy, ignore=shutil.ignore_patterns("static", "__pycache__", "*.mo"))
        collect(copy)
        return _text(copy / CATALOGUE)


def _tidy(path: Path) -> None:
    """Write the catalogue in a fixed order with a fixed head, so that a diff shows texts and nothing else."""
    texts = polib.pofile(str(path), wrapwidth=0)
    texts.header = HEADER
    texts.metadata = dict(METADATA)
    texts.metadata_is_fuzzy = False
    for entry in texts:
        entry.occurrences = sorted({(place, "") for place, _ in entry.occurrences})
        if entry.msgid_plural:  # Chinese has one form; gettext offers two when it starts a file
            entry.msgstr_plural = {0: entry.msgstr_plural.get(0, "")}
    texts.sort(key=lambda entry: (entry.occurrences, entry.msgctxt or "", entry.msgid))
    if len(texts):
        texts.save(str(path))
    else:
        path.unlink()


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    """Stand in a folder for the time of a block: makemessages reads the folder it stands in."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line[:70]}…”" if len(line) > 71 else f"“{line}”"


if __name__ == "__main__":
    sys.exit(main())
