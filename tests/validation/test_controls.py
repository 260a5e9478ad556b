"""Controls: each is told for what it is, and one that is not voids the run."""

from pathlib import Path

import pytest

from allause.checks import VALIDATOR_CHECKS, Accounting, examine
from allause.controls import BROKEN, SOUND, sample
from allause.controls.writing import source
from allause.isolation import Isolation
from allause.models.report import Control, Status
from allause.validation import calibration
from allause.validation.execution import Teller

pytestmark = pytest.mark.long


def test_every_control_fails_exactly_its_check(monkeypatch):
    monkeypatch.setattr(calibration, "sample", lambda _seed, _size: (SOUND, *BROKEN))
    controls = calibration.examine_controls(0, Isolation.HARDENED, Teller(None, 0))
    assert {control.name: control.failed for control in controls} == {
        control.name: (control.code,) if control.code else () for control in (SOUND, *BROKEN)
    }


def test_a_sample_holds_the_sound_one_and_is_the_same_for_the_same_seed():
    assert sample(3, 3) == sample(3, 3)
    assert sample(3, 3)[0] is SOUND
    assert len({control.name for control in sample(3, 3)}) == 4
    assert {control.name for seed in range(20) for control in sample(seed, 3)} == {c.name for c in (SOUND, *BROKEN)}


def test_the_sound_control_is_the_good_component_of_the_mutants():
    good = (Path(__file__).parents[1] / "mutants" / "good.py").read_text().partition('"""\n\n')[2]
    ours = source(SOUND, "engine").replace('version("engine")', 'version("mutant-analytics")')
    assert ours.partition('"""\n\n')[2] == good, "bring core/allause/controls/sound.txt up to date"


def test_an_edit_that_finds_nothing_is_an_error(monkeypatch):
    broken = BROKEN[0].__class__(name="x", code="CON001", edits=(("not there", ""),))
    with pytest.raises(LookupError, match="not there"):
        source(broken, "figures-1")


@pytest.mark.parametrize(
    ("expected", "failed", "void"),
    [(("CON001",), ("CON001",), False), (("CON001",), (), True), ((), ("CON001",), True), ((), (), False)],
)
def test_a_control_that_is_not_told_for_what_it_is_voids_the_run(expected, failed, void):
    accounting = Accounting(
        planned=("a",),
        accounted=(("a", Status.PASSED),),
        controls=(Control(name="x", expected=expected, failed=failed),),
    )
    wrong = [result.code for result in examine(VALIDATOR_CHECKS, accounting) if result.status is Status.FAILED]
    assert wrong == (["VAL003"] if void else [])


def test_a_validator_that_is_blind_says_so_with_exit_code_3(component, validate, monkeypatch):
    monkeypatch.setattr(calibration, "planned", lambda *_, **__: ())
    report = validate(component(), certify=True, select=["PKG001"])
    assert report.exit_code == 3
    assert any(notice.startswith("VAL003") for notice in report.notices)


@pytest.fixture
def few_controls(monkeypatch):
    """Examine the sound control alone, where controls are not what a test is about."""
    monkeypatch.setattr(calibration, "sample", lambda _seed, _size: (SOUND,))


@pytest.mark.usefixtures("few_controls")
def test_files_that_change_while_they_are_examined_void_the_run(component, validate, tmp_path):
    identity = component()
    (module,) = [path for path in tmp_path.rglob("*.py") if path.parent.name == "mutant_analytics"]

    def rewrite(progress):
        if progress.text.startswith("examining the control"):
            module.write_text(module.read_text() + "# another version\n")

    options = {"certify": True, "select": ["PKG001"]}
    assert validate(identity, **options).exit_code == 0
    report = validate(identity, progress=rewrite, **options)
    assert report.exit_code == 3
    assert [r.code for r in report.validation if r.status is Status.FAILED] == ["VAL004"]


def test_the_digest_of_what_was_examined_is_in_the_report_and_is_that_of_every_file(
    component, validate, tmp_path, monkeypatch
):
    monkeypatch.setattr(calibration, "examine_controls", lambda *_: ())  # they change no digest
    identity = component()
    options = {"certify": True, "select": ["PKG001"]}
    first, second = (validate(identity, **options).components[0].digest for _ in range(2))
    assert first == second != ""
    marker = next(tmp_path.rglob("py.typed"))
    marker.write_text("partial")
    assert validate(identity, **options).components[0].digest != first
    assert validate(identity, select=["PKG001"]).components[0].digest == ""
