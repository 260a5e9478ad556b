"""``allause doctor``."""

import json

from allause import doctor
from allause.doctor import Facility, State


def test_each_facility_has_its_line_and_json_says_the_same(command):
    text, structured = command("doctor"), command("doctor", "--format", "json")
    facilities = json.loads(structured.stdout)["facilities"]
    assert text.returncode == structured.returncode == int(any(f["state"] == "missing" for f in facilities))
    for each in facilities:
        assert f"[{each['state']}]".ljust(10) + f"{each['name']}: {each['found']}\n" in text.stdout


def test_something_missing_is_exit_code_1_with_the_remedy_below(command, monkeypatch):
    lacking = Facility(name="Landlock", state=State.MISSING, found="none", gain="boot with it")
    monkeypatch.setattr(doctor, "examine_machine", lambda: (lacking,))
    answer = command("doctor")
    assert answer.returncode == 1
    assert answer.stdout == "[missing] Landlock: none\n          to get more: boot with it\n"
