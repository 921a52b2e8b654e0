"""`./jinxiu` on a machine that has only Python: it makes its environment, once, whatever happens in between.

Each test has a checkout of its own with a list of no packages, so that no registry is needed.
"""

import ast
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, command_environment, wait_until

SCRIPT = ROOT / "jinxiu"
LISTS = ("requirements.lock", "requirements-dev.lock", "requirements-spark.lock")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose only command tells which words it was given."""
    shutil.copy2(SCRIPT, tmp_path)
    for name in LISTS:
        (tmp_path / name).write_text(f"# {name}: no packages\n")
    command = tmp_path / "src" / "jinxiu" / "cli"
    command.mkdir(parents=True)
    (command / "__main__.py").write_text("import sys; print('ran', *sys.argv[1:])")
    return tmp_path


def start(checkout: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(checkout / "jinxiu"), *words],
        env={**command_environment(**environment), "PYTHONPATH": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(checkout: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and messages."""
    process = start(checkout, *words, **environment)
    output, messages = process.communicate(timeout=60)
    return process.returncode, output, messages


def test_prepares_itself_once_and_passes_every_word_on(checkout: Path) -> None:
    code, output, messages = run(checkout, "due", "--as-of", "2026-01-01")
    assert (code, output) == (0, "ran due --as-of 2026-01-01\n")
    assert "Making a Python environment" in messages
    assert run(checkout, "--help") == (0, "ran --help\n", "")


def test_installs_again_only_when_the_list_changes(checkout: Path) -> None:
    run(checkout)
    assert run(checkout, "test")[2].startswith("Installing")  # the list for tests is another one
    assert run(checkout)[2] == ""
    (checkout / "requirements.lock").write_text("# another list\n")
    assert "Installing" in run(checkout)[2]


def test_killed_in_the_middle_it_begins_again(checkout: Path) -> None:
    killed = start(checkout)
    wait_until(lambda: (checkout / ".venv" / ".jinxiu-installing").exists())
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    code, output, messages = run(checkout)
    assert (code, output) == (0, "ran\n"), messages
    assert "Installing" in messages  # after waiting for what the killed one had started


def test_two_first_runs_at_once_both_work(checkout: Path) -> None:
    first, second = start(checkout, "one"), start(checkout, "two")
    said = first.communicate(timeout=60), second.communicate(timeout=60)
    assert [output for output, _ in said] == ["ran one\n", "ran two\n"]
    assert sum("Making a Python environment" in messages for _, messages in said) == 1


def test_no_registry_is_said_in_a_sentence_and_the_next_run_works(checkout: Path) -> None:
    lock = checkout / "requirements.lock"
    lock.write_text("six==1.17.0 --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    code, output, messages = run(checkout, **nowhere, PIP_NO_CACHE_DIR="1")
    assert (code, output) == (1, "")
    assert "jinxiu: The package registry cannot be reached; check the network" in messages
    lock.write_text("# no packages\n")
    assert run(checkout)[:2] == (0, "ran\n")


def test_a_package_with_other_contents_than_pinned_is_refused(checkout: Path) -> None:
    (checkout / "odd-1.0.tar.gz").write_bytes(b"not what was pinned")
    (checkout / "requirements.lock").write_text(f"odd @ file://{checkout}/odd-1.0.tar.gz --hash=sha256:{'0' * 64}\n")
    code, _, messages = run(checkout)
    assert code == 1
    assert "is not the one that was pinned" in messages


def test_a_folder_that_is_no_environment_is_left_alone(checkout: Path) -> None:
    documents = checkout / "documents"
    documents.mkdir()
    (documents / "letter.txt").write_text("dear")
    code, _, messages = run(checkout, JINXIU_VENV=str(documents))
    assert code == 1
    assert messages == f"jinxiu: {documents} is not a Python environment; name another folder in JINXIU_VENV.\n"
    assert (documents / "letter.txt").read_text() == "dear"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk_is_said_in_a_sentence(checkout: Path, tiny_disk: Path) -> None:
    code, _, messages = run(checkout, JINXIU_VENV=str(tiny_disk / "venv"))
    assert code == 1
    assert messages.endswith(f"The disk that holds {tiny_disk}/venv is full; free about 1 GB and run the same again.\n")


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(checkout: Path) -> None:
    code, _, messages = run(checkout, JINXIU_VENV="/proc/jinxiu/venv")
    assert code == 1
    assert messages.count("\n") == 2
    assert "name a folder of your own in JINXIU_VENV" in messages or "No such file or directory" in messages


def test_an_old_python_can_read_the_file_and_says_that_it_is_too_old(checkout: Path) -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 4))
    pretend = (
        "import runpy, sys; sys.version_info = (3, 6, 0); sys.argv = ['jinxiu'];"
        f"runpy.run_path({str(checkout / 'jinxiu')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend], env={"PATH": "/nowhere"}, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 1
    assert done.stderr.startswith("jinxiu: Python 3.11 or newer is needed, this is Python 3.6; install a newer one")


def test_a_python_without_venv_names_the_package_to_install(checkout: Path) -> None:
    hide = (
        "import importlib.util as u, runpy, sys; found = u.find_spec;"
        "u.find_spec = lambda name, *rest: None if name == 'ensurepip' else found(name, *rest);"
        f"sys.argv = ['jinxiu']; runpy.run_path({str(checkout / 'jinxiu')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", hide], env=command_environment(), capture_output=True, text=True, timeout=20
    )
    assert (done.returncode, done.stderr) == (
        1,
        "jinxiu: Python's venv module is missing; install it with: apt install python3-venv\n",
    )


def test_the_lists_pin_every_package_with_its_hash_and_name_no_address() -> None:
    every = {}
    for name in LISTS:
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "index" not in text
        blocks = text.replace("\\\n", "").splitlines()
        pinned = [line for line in blocks if not line.startswith("#")]
        assert all("==" in line and "--hash=sha256:" in line for line in pinned)
        every[name] = {line.split(" ")[0].split("[")[0] + line.split("==")[1].split(" ")[0] for line in pinned}
    assert every["requirements.lock"] <= every["requirements-dev.lock"] < every["requirements-spark.lock"]
