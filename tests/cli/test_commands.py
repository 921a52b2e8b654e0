"""The commands as typed: what they print, what they refuse and with which exit code."""

import csv
import io
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import RESIDENTS, command_environment, command_line, jinxiu

EVERY_COMMAND = (
    ("demo",),
    ("invite",),
    ("serve",),
    ("import", "fhir"),
    ("due",),
    ("explain",),
    ("standards",),
    ("standards", "list"),
    ("standards", "show"),
    ("standards", "check"),
    ("forms",),
    ("forms", "check"),
    ("forms", "schema"),
    ("packages",),
    ("packages", "check"),
    ("evaluate",),
    ("migrate",),
    ("agreement",),
    ("agreement", "renew"),
    ("agreement", "verify"),
    ("audit",),
    ("audit", "verify"),
    ("audit", "anchor"),
    ("audit", "retention"),
    ("copy",),
    ("duplicates",),
    ("backup",),
    ("restore",),
    ("keys",),
    ("test",),
)


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
def test_every_command_has_a_help_with_an_example_or_options(words: tuple[str, ...]) -> None:
    done = jinxiu(*words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"./jinxiu {' '.join(words)}" in done.stdout
    if len(words) == 1:
        assert "Exit codes: 0" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["dew"], "There is no command 'dew' (did you mean due?); choose from demo, serve, worker, import,"),
        (["due", "--as-of", "2026-02-30"], "'2026-02-30' is no date; write it as 2026-09-30"),
        (["due", "--as-of", "0202-02-03"], "0202-02-03 is out of range; dates from 1900 to 2199 are understood"),
        (["due", "--format", "cvs"], "There is no --format 'cvs' (did you mean csv?)"),
        (["serve", "--port", "70000"], "'70000' is no port; write a number from 1 to 65535"),
        (["demo", "--residents", "5"], "'5' will not do; write a number from 100 to 1000000"),
        (["explain"], "The following arguments are required: PERSON (see ./jinxiu explain --help)"),
        (["standards", "show", "hypertensoin"], "There is no standard 'hypertensoin' (did you mean hypertension?)"),
        (["standards", "show", "elderly", "--as-of", "1999-01-01"], "No version of elderly is in force on 1999-01-01"),
        (["standards", "check", "nowhere.yaml"], "There is no file or directory nowhere.yaml."),
        (["import", "fhir", "nowhere"], "There is no file or directory nowhere."),
        (["evaluate", "--engine", "judge"], "--engine goes with --facts DIR"),
        (["evaluate", "--facts", ".", "--out", "x.csv"], "--as-of is missing"),
        (["evaluate", "--facts", ".", "--everybody"], "--everybody is about the database"),
    ],
)
def test_bad_words_are_answered_with_one_sentence(words: list[str], sentence: str, data_dir: Path) -> None:
    done = jinxiu(*words, JINXIU_DATA=str(data_dir))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("jinxiu: ")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr
    assert not data_dir.exists()


@pytest.mark.parametrize("words", [["due"], ["explain", "1"], ["evaluate"]])
def test_a_directory_without_a_district_is_not_filled_with_an_empty_one(words: list[str], data_dir: Path) -> None:
    done = jinxiu(*words, "--data", data_dir)
    assert done.returncode == 2
    assert f"There is no district in {data_dir} yet; make one with ./jinxiu demo" in done.stderr
    assert not data_dir.exists()


@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        ("nonsense", 2, "DATABASE_URL cannot be read; it should look like postgres://"),
        ("mysql://root@localhost/x", 2, "DATABASE_URL names another kind of database"),
        ("postgres://jinxiu:secret@127.0.0.1:1/jinxiu", 1, "The PostgreSQL server cannot be reached"),
    ],
)
def test_an_address_without_a_server_is_said_and_the_password_is_not(
    address: str, code: int, sentence: str, data_dir: Path
) -> None:
    done = jinxiu("migrate", "--data", data_dir, DATABASE_URL=address)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "secret" not in done.stderr


def test_a_data_directory_that_cannot_be_made_is_said(data_dir: Path) -> None:
    data_dir.write_text("a file")
    done = jinxiu("migrate", "--data", data_dir)
    assert done.returncode == 1
    assert f"The data directory {data_dir} cannot be written" in done.stderr


def test_a_setting_that_makes_no_sense_is_said(data_dir: Path) -> None:
    done = jinxiu("migrate", "--data", data_dir, JINXIU_THREADS="many")
    assert done.returncode == 2
    assert "JINXIU_THREADS is 'many'" in done.stderr


def test_a_fault_of_ours_goes_to_the_log_and_a_sentence_to_the_screen(data_dir: Path) -> None:
    broken = "import jinxiu.cli.migrate as m, jinxiu.cli.__main__ as main, sys\nm.prepare_database = lambda: 1 / 0\n"
    done = subprocess.run(
        [sys.executable, "-c", broken + "sys.exit(main.main())", "migrate", "--data", str(data_dir)],
        env=command_environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert (
        f"This is a fault of ours (ZeroDivisionError); please report it with what you typed and {data_dir}"
        in done.stderr
    )
    assert "Traceback" not in done.stderr
    assert "ZeroDivisionError" in (data_dir / "jinxiu.log").read_text()


def test_standards_are_listed_shown_and_checked(tmp_path: Path) -> None:
    assert "hypertension" in jinxiu("standards", "list").stdout
    assert "Care of people with hypertension" in jinxiu("standards", "show", "hypertension").stdout
    own = tmp_path / "own.yaml"
    shipped = Path(__file__).parents[2] / "src" / "jinxiu" / "familydoctor" / "standards" / "elderly.yaml"
    own.write_text(shipped.read_text())
    assert jinxiu("standards", "check", own).stdout == f"{own}: in order.\n"
    own.write_text(shipped.read_text().replace("min_age", "min_aeg"))
    done = jinxiu("standards", "check", own)
    assert done.returncode == 2
    assert f"{own}:" in done.stdout
    assert "min_aeg" in done.stdout
    assert "did you mean min_age" in done.stdout


def test_standards_become_a_schema_and_pages(tmp_path: Path) -> None:
    assert json.loads(jinxiu("standards", "schema").stdout)["title"] == "A service standard of Jinxiu"
    folder = tmp_path / "pages"
    done = jinxiu("standards", "docs", folder)
    assert done.stdout == f"{len(list(folder.iterdir()))} pages in {folder}.\n"
    assert "Worked cases" in (folder / "child-2017.1.md").read_text()
    (tmp_path / "file").write_text("")
    done = jinxiu("standards", "docs", tmp_path / "file" / "pages")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


# --- a small district -------------------------------------------------------------------------------------------------


def test_the_first_account_is_made_by_a_command(district: Path) -> None:
    words = ("invite", "lihua", "--name", "李华", "--role", "doctor", "--data", district)
    done = jinxiu(*words, "--at", "GEN-901-T01")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("http://localhost:8000/account/invitation/")
    again = jinxiu(*words, "--at", "GEN-901-T01")
    assert (again.returncode, again.stdout) == (2, "")
    assert "This user name is taken" in again.stderr
    nowhere = jinxiu(*words, "--at", "GEN-901-T1")
    assert "There is no team or institution 'GEN-901-T1' (did you mean GEN-901-T01?)" in nowhere.stderr


def test_an_invitation_goes_out_by_mail_or_says_why_not(district: Path) -> None:
    words = ("invite", "gaoxiang", "--name", "高翔", "--role", "doctor", "--at", "GEN-901-T01", "--data", district)
    mail = {"JINXIU_SMTP": f"smtp://127.0.0.1:{free_port()}?tls=no", "JINXIU_MAIL_FROM": "jinxiu@hospital.example"}
    no_server = jinxiu(*words, "--email", "gao@hospital.example")
    assert (no_server.returncode, "set JINXIU_SMTP" in no_server.stderr) == (2, True)
    no_name = jinxiu(*words, "--email", "gao@hospital.example", **mail)
    assert (no_name.returncode, "JINXIU_HOSTS" in no_name.stderr) == (2, True)
    done = jinxiu(*words, "--email", "gao@hospital.example", JINXIU_HOSTS="jinxiu.hospital.example", **mail)
    assert (done.returncode, "was not sent. The mail server does not answer" in done.stderr) == (1, True), done.stderr
    assert done.stdout.startswith("https://jinxiu.hospital.example/account/invitation/")


def test_the_demo_prints_a_summary_and_a_second_run_changes_nothing(district: Path) -> None:
    before = jinxiu("due", "--format", "csv", "--data", district).stdout
    again = jinxiu("demo", "--no-serve", "--data", district)
    assert again.returncode == 0
    assert "people in" in again.stdout
    assert "Inventing" not in again.stderr  # neither built again
    assert "Working out what is due" not in again.stderr  # nor evaluated again
    assert jinxiu("due", "--format", "csv", "--data", district).stdout == before


def test_another_district_in_the_same_directory_is_refused(district: Path) -> None:
    done = jinxiu("demo", "--no-serve", "--residents", "200", "--data", district)
    assert done.returncode == 2
    assert f"{district} already has a district of {RESIDENTS} residents" in done.stderr


@pytest.fixture(scope="module")
def due(district: Path) -> list[dict[str, Any]]:
    """The due list of the day, as the command gives it to programs."""
    found: list[dict[str, Any]] = json.loads(jinxiu("due", "--format", "json", "--data", district).stdout)
    return found


def test_due_in_three_formats_says_the_same(district: Path, due: list[dict[str, Any]]) -> None:
    table, rows = (jinxiu("due", "--format", form, "--data", district).stdout for form in ("table", "csv"))
    from_csv, from_json = list(csv.DictReader(io.StringIO(rows))), due
    assert [row["person_id"] for row in from_csv] == [record["person_id"] for record in from_json]
    assert f"{len(from_json)} due or overdue" in table
    urgencies = [(-record["urgency"], record["due_on"]) for record in from_json]
    assert urgencies == sorted(urgencies)
    assert all(record["days_overdue"] > 0 for record in from_json if record["status"] == "overdue")
    assert all(record["reason"] for record in from_json)


def test_due_by_team_and_standard_is_a_part_of_the_whole(district: Path, due: list[dict[str, Any]]) -> None:
    team = next(record["team"] for record in due if record["team"])
    part = jinxiu("due", "--format", "json", "--team", team, "--standard", "hypertension", "--data", district)
    wanted = [record for record in due if (record["team"], record["standard"]) == (team, "hypertension")]
    assert json.loads(part.stdout) == wanted
    unknown = jinxiu("due", "--team", "no such team", "--data", district)
    assert unknown.returncode == 2
    assert "There is no team 'no such team'" in unknown.stderr
    assert team in unknown.stderr


def test_due_stops_quietly_when_its_reader_has_enough(district: Path) -> None:
    command = subprocess.Popen(
        command_line("due", "--format", "json", "--data", district),
        env=command_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert command.stdout
    command.stdout.read(1)
    command.stdout.close()
    assert command.stderr
    assert "Traceback" not in command.stderr.read()
    assert command.wait() == 0


def test_explain_in_both_languages_and_by_a_number_that_is_nobodys(district: Path, due: list[dict[str, Any]]) -> None:
    person = next(record for record in due if record["standard"] == "hypertension")
    done = jinxiu("explain", person["person_id"], "--standard", "hypertension", "--data", district)
    assert done.returncode == 0
    assert person["name"] in done.stdout
    assert person["reason"].partition("，最迟")[0] in done.stdout  # this year's dates are told without the year
    assert "Care of people with hypertension" in done.stdout
    assert "高血压" not in jinxiu("explain", person["person_id"], "--lang", "en", "--data", district).stdout
    nobody = jinxiu("explain", "999999999", "--data", district)
    assert nobody.returncode == 2
    assert "There is no person '999999999'" in nobody.stderr


def test_a_file_that_is_no_agreement_of_this_district_is_told(district: Path, tmp_path: Path) -> None:
    file = tmp_path / "agreement.pdf"
    file.write_bytes(b"%PDF-1.7")
    done = jinxiu("agreement", "verify", file, "--data", district)
    assert (done.returncode, "It was changed, or is from elsewhere." in done.stdout) == (3, True), done.stderr
    gone = jinxiu("agreement", "verify", tmp_path / "none.pdf", "--data", district)
    assert (gone.returncode, "cannot be read (No such file or directory)" in gone.stderr) == (2, True)


def test_the_night_run_twice_changes_nothing(district: Path) -> None:
    again = jinxiu("evaluate", "--data", district)  # the demo has judged everybody today
    assert again.returncode == 0
    assert re.search(r"Judged 0 of \d[\d,]* people: 0 opened, 0 changed, 0 closed; [\d,]+ are open\.", again.stderr)
    everybody = jinxiu("evaluate", "--everybody", "--data", district).stderr
    assert re.search(r"Judged all \d[\d,]* people \(as asked\): 0 opened, 0 changed, 0 closed;", everybody)


# --- serving ----------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serving(district: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`./jinxiu serve` on the district, answering."""
    port = free_port()
    process = subprocess.Popen(
        command_line("serve", "--port", str(port), "--workers", "1", "--data", district),
        env=command_environment(),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    assert f"Serving http://localhost:{port}" in process.stderr.readline()
    yield process, port
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0)])
def test_serve_answers_until_it_is_told_to_stop(
    district: Path, serving: tuple[subprocess.Popen[str], int], number: signal.Signals, code: int
) -> None:
    process, port = serving
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
        assert answer.status == 200
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == code
    assert not (district / "postgres" / "data" / "postmaster.pid").exists()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2)


def test_other_commands_work_beside_it_and_a_second_copy_is_refused(
    district: Path, serving: tuple[subprocess.Popen[str], int]
) -> None:
    _, port = serving
    assert jinxiu("due", "--data", district).returncode == 0
    second = jinxiu("serve", "--port", str(free_port()), "--data", district)
    assert second.returncode == 2
    assert f"already works with {district} and serves it at http://localhost:{port}" in second.stderr
    taken = jinxiu("serve", "--port", str(port), "--data", district)
    assert taken.returncode == 2
    assert (
        f"Port {port} is taken by another program; choose another one, for example --port {port + 1}." in taken.stderr
    )
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
        assert answer.status == 200
