"""`./jinxiu forms check`: in order, or every mistake with its line."""

from pathlib import Path

from tests.cli.test_commands import jinxiu

FORM = Path(__file__).parents[2] / "src/jinxiu/familydoctor/forms/elderly_self_care.yaml"


def test_a_form_in_order() -> None:
    done = jinxiu("forms", "check", str(FORM))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{FORM}: in order.\n"


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    wrong = tmp_path / "form.yaml"
    wrong.write_text(FORM.read_text("utf-8").replace("sum: [eating", "sum: [eatnig"), "utf-8")
    done = jinxiu("forms", "check", str(wrong))
    assert done.returncode == 2
    assert "total.calculate: found eatnig; allowed: an earlier question:" in done.stdout
    assert "did you mean eating?" in done.stdout
    assert "There is no file" in jinxiu("forms", "check", str(tmp_path / "none.yaml")).stderr
