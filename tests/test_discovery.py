import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import attrs
import pytest
from attrs import field, frozen
from attrs.validators import gt

from allause.component import Component
from allause.discovery import ComponentState, build, discover, load, printable, select, structure
from allause.exceptions import ComponentError, ConfigurationError, UsageError


def install(folder, name, entry_points, version="1.0", metadata=None):
    info = Path(folder) / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" if metadata is None else metadata
    if text is not False:
        (info / "METADATA").write_bytes(text if isinstance(text, bytes) else text.encode())
    content = entry_points if isinstance(entry_points, bytes) else entry_points.encode()
    (info / "entry_points.txt").write_bytes(content)
    return info


GOOD = "[allause.analytics]\nengine = good_module:Engine\n"


def test_a_component_is_listed_with_everything_metadata_says(tmp_path):
    install(tmp_path, "Vendor.Good", GOOD, metadata="Name: Vendor.Good\nVersion: 2.5\nRequires-Dist: allause<2\n")
    (record,) = discover([str(tmp_path)])
    assert (record.id, record.kind, record.version) == ("vendor-good:engine", "analytics", "2.5")
    assert (record.module, record.attribute, record.state) == ("good_module", "Engine", ComponentState.FOUND)
    assert record.requires == ("allause<2",)


@pytest.mark.parametrize("group", ["allause.checks", "allause.commands", "allause.readers"])
def test_what_a_distribution_adds_beside_components_is_none(tmp_path, group):
    install(tmp_path, "adds", f"[{group}]\nthing = m:C\n")
    assert not discover([str(tmp_path)])


def test_listing_imports_nothing(tmp_path):
    install(tmp_path, "vendor", "[allause.analytics]\nengine = explodes:Engine\n")
    (tmp_path / "explodes.py").write_text("raise SystemExit('imported')")
    code = (
        "import sys; from allause.discovery import discover as d; print([r.id for r in d()], 'explodes' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert "vendor:engine" in done.stdout, done.stderr
    assert done.stdout.rstrip().endswith("False")


@pytest.mark.parametrize(
    ("entry_points", "defect", "told"),
    [
        ("[allause.analytic]\nengine = m:C\n", "DSC001", "did you mean 'allause.analytics'"),
        ("[allause.analytics]\nengine = m-m:C\n", "DSC002", "line 2"),
        ("[allause.analytics]\nengine = m\n", "DSC002", "NAME = MODULE:CLASS"),
        ("[allause.analytics]\nengine = m:C.\n", "DSC002", "NAME = MODULE:CLASS"),
        ("[allause.analytics]\nengine = m..n:C\n", "DSC002", "NAME = MODULE:CLASS"),
        ("[allause.analytics]\nengine = m:2C\n", "DSC002", "NAME = MODULE:CLASS"),
        ("[allause.analytics]\nno equals sign\n", "DSC002", "no equals sign"),
        ("[allause.analytics]\n../../etc/x = m:C\n", "DSC002", "no component name"),
        ("[allause.analytics]\nä\x1b[31m = m:C\n", "DSC002", "no component name"),
    ],
)
def test_a_broken_entry_point_is_a_record_with_the_reason(tmp_path, entry_points, defect, told):
    install(tmp_path, "vendor", entry_points)
    (record,) = discover([str(tmp_path)])
    assert (record.state, record.defect) == (ComponentState.BROKEN, defect)
    assert told in record.reason
    assert record.id.isprintable()
    assert record.reason.isprintable()


def test_names_are_written_in_whatever_letters_python_takes(tmp_path):
    install(tmp_path, "vendor", "[allause.analytics]\nengine = größe.模块:Größe.Maß\n")
    (record,) = discover([str(tmp_path)])
    assert (record.state, record.module, record.attribute) == (ComponentState.FOUND, "größe.模块", "Größe.Maß")


def test_a_distribution_with_unreadable_metadata_costs_only_itself(tmp_path):
    install(tmp_path, "good", GOOD)
    install(tmp_path, "allause-binary", b"\xff\xfe[allause.analytics]\x00\n")
    install(tmp_path, "no-metadata", GOOD.replace("engine", "other"), metadata=False)
    install(tmp_path, "binary-metadata", GOOD.replace("engine", "third"), metadata=b"\xff\xfe\x00")
    install(tmp_path, "stranger", b"\xff\xfe\x00")
    install(tmp_path, "huge", GOOD.replace("engine", "fourth") + "# allause" * 200_000)
    (tmp_path / "loop.dist-info").symlink_to(tmp_path / "loop.dist-info")
    states = {record.id: record.state.value for record in discover([str(tmp_path), str(tmp_path / "no-folder")])}
    assert states == {
        "allause-binary:?": "broken",
        "binary-metadata:third": "found",
        "good:engine": "found",
        "huge:?": "broken",
        "no-metadata:other": "found",
    }


def test_two_distributions_with_one_name_are_both_named(tmp_path):
    install(tmp_path, "vendor-a", GOOD)
    install(tmp_path, "vendor-b", GOOD)
    records = discover([str(tmp_path)])
    assert [record.state for record in records] == [ComponentState.DUPLICATE] * 2
    assert all("vendor-a 1.0" in record.reason and "vendor-b 1.0" in record.reason for record in records)


def test_an_earlier_folder_hides_a_later_copy(tmp_path):
    install(tmp_path / "first", "vendor", GOOD, version="1.0")
    install(tmp_path / "second", "vendor", GOOD, version="2.0")
    (record,) = discover([str(tmp_path / "first"), str(tmp_path / "second")])
    assert record.version == "1.0"
    assert record.state is ComponentState.FOUND


def test_two_copies_in_one_folder_are_both_told(tmp_path):
    for version in ("1.0", "2.0"):
        install(tmp_path, "vendor", GOOD, version=version)
    records = discover([str(tmp_path)])
    assert {(record.version, record.state) for record in records} == {("1.0", "duplicate"), ("2.0", "duplicate")}
    assert all("is claimed by vendor 1.0 and vendor 2.0" in record.reason for record in records)


def touched(folder, monkeypatch):
    """Discover, and count how often the file system is asked and how many records come."""
    calls = []
    with monkeypatch.context() as patch:
        for owner, name in ((os, "stat"), (os, "listdir"), (os, "scandir"), (io, "open")):
            real = getattr(owner, name)
            patch.setattr(owner, name, lambda *a, real=real, **k: calls.append(1) or real(*a, **k))
        records = discover([str(folder)])
    return len(calls), len(records)


def test_ten_times_the_distributions_cost_ten_times_the_calls(tmp_path, monkeypatch):
    for number in range(400):
        folder = tmp_path / ("few" if number < 40 else "many")
        install(folder, f"vendor-{number}", GOOD.replace("engine", f"engine-{number}"))
    for number in range(40):
        install(tmp_path / "many", f"vendor-{number}", GOOD.replace("engine", f"engine-{number}"))
    few, of_few = touched(tmp_path / "few", monkeypatch)
    many, of_many = touched(tmp_path / "many", monkeypatch)
    assert (of_few, of_many) == (40, 400)
    assert few > 40
    assert many <= 10 * few


def test_a_name_claimed_a_thousand_times_is_told_in_few_words(tmp_path):
    for number in range(1000):
        install(tmp_path, f"vendor-{number}", GOOD)
    records = discover([str(tmp_path)])
    assert len(records) == 1000
    assert records[0].reason.endswith("and 995 more")
    assert max(len(record.reason) for record in records) < 300


def test_metadata_is_read_once_whatever_the_number_of_entries(tmp_path, monkeypatch):
    lines = "".join(f"engine-{number} = good_module:Engine\n" for number in range(500))
    install(tmp_path, "vendor", f"[allause.analytics]\n{lines}")
    assert touched(tmp_path, monkeypatch)[0] < 20


@pytest.mark.parametrize("name", ["entry_points.txt", "METADATA"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path, name):
    install(tmp_path, "good", GOOD)
    info = install(tmp_path, "allause-pipe", GOOD.replace("engine", "other"))
    (info / name).unlink()
    os.mkfifo(info / name)
    states = {record.id: record.state for record in discover([str(tmp_path)])}
    assert states["good:engine"] is ComponentState.FOUND
    assert len(states) == 2


def test_a_pipe_on_the_search_path_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert discover([str(tmp_path / "pipe")]) == ()


def test_a_mark_of_the_byte_order_hides_no_component(tmp_path):
    install(tmp_path, "vendor", f"\ufeff{GOOD}", metadata="\ufeffName: acme\nVersion: 2.0\n")
    assert [(record.id, record.version) for record in discover([str(tmp_path)])] == [("acme:engine", "2.0")]


def test_a_file_without_end_is_not_read(tmp_path):
    info = install(tmp_path, "allause-endless", GOOD)
    with (info / "entry_points.txt").open("wb") as file:
        file.truncate(2**40)
    (record,) = discover([str(tmp_path)])
    assert "at most 1000000 are read" in record.reason


def test_cyclic_links_and_unreadable_folders_cost_only_themselves(tmp_path):
    install(tmp_path, "good", GOOD)
    (tmp_path / "a.dist-info").symlink_to("b.dist-info")
    (tmp_path / "b.dist-info").symlink_to("a.dist-info")
    (tmp_path / "up.dist-info").symlink_to(tmp_path)
    install(tmp_path, "closed", GOOD.replace("engine", "other")).chmod(0)
    (tmp_path / "shut").mkdir(mode=0)
    looked = [str(tmp_path), str(tmp_path / "shut"), str(tmp_path / "a.dist-info"), "\0", ""]
    assert "good:engine" in {record.id for record in discover(looked)}
    (tmp_path / "closed-1.0.dist-info").chmod(0o700)


@pytest.mark.parametrize(
    ("bytes_of_a_path", "shown"), [(b"gr\xc3\xbc", "gr\u00fc"), (b"\xff", r"\udcff"), (b"a\xc2\x9b", r"a\x9b")]
)
def test_a_path_is_shown_in_its_letters_whatever_the_locale(bytes_of_a_path, shown):
    assert printable(bytes_of_a_path.decode("ascii", "surrogateescape")) == shown


def test_names_of_a_megabyte_are_cut(tmp_path):
    long = "x" * 900_000
    install(tmp_path, "vendor", f"[allause.analytics]\n{long} = m:C\n", metadata=f"Name: {long}\nVersion: {long}\n")
    (record,) = discover([str(tmp_path)])
    assert record.state is ComponentState.BROKEN
    assert max(map(len, (record.id, record.name, record.distribution, record.version, record.reason))) < 500


def test_names_select_by_identity_or_bare_name_when_unambiguous(tmp_path):
    install(tmp_path, "vendor-a", GOOD)
    install(tmp_path, "vendor-b", "[allause.execution]\nengine = m:C\nother = m:D\n")
    records = discover([str(tmp_path)])
    assert [r.id for r in select(records, ["vendor-a:engine", "other"])] == ["vendor-a:engine", "vendor-b:other"]
    with pytest.raises(UsageError, match="ambiguous: vendor-a:engine, vendor-b:engine"):
        select(records, ["engine"])
    many = [attrs.evolve(records[0], id=f"vendor-{number}:engine") for number in range(21)]
    with pytest.raises(UsageError, match=r"vendor-19:engine, \.\.\.; name one of these"):
        select(many, ["engine"])
    with pytest.raises(UsageError, match="did you mean vendor-a:engine"):
        select(records, ["vendor-a:engin"])
    with pytest.raises(UsageError, match="allause list"):
        select(records, ["zzz"])


def test_a_path_that_was_written_like_a_name_is_pointed_out_only_where_paths_are_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme-engine").mkdir()
    (tmp_path / "empty.csv").touch()
    with pytest.raises(UsageError, match=r"there is a folder of that name: .* write \./acme-engine"):
        select((), ["acme-engine"], paths=True)
    with pytest.raises(UsageError, match="there is a file of that name, and only"):
        select((), ["empty.csv"], paths=True)
    with pytest.raises(UsageError, match="'allause list' shows"):
        select((), ["acme-engine"])


@pytest.mark.parametrize(
    "source", ["raise ValueError('no')", "raise SystemExit(0)", "import not_there_at_all", "x = 1", "def ("]
)
def test_a_failing_import_is_one_error_that_names_the_component(tmp_path, monkeypatch, source):
    install(tmp_path, "vendor", "[allause.analytics]\nengine = failing_import:Engine\n")
    (tmp_path / "failing_import.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "failing_import", raising=False)
    (record,) = discover([str(tmp_path)])
    with pytest.raises(ComponentError, match="vendor:engine"):
        load(record)


@frozen
class Settings:
    window: int = field(default=20, validator=gt(0))
    name: str = "x"


class Configurable:
    Config = Settings

    def __init__(self, config=None):
        self.config = config or Settings()


@frozen
class Nested:
    parts: dict[str, Settings]


class Deep:
    Config = Nested


@pytest.fixture
def record(tmp_path):
    install(tmp_path, "vendor", GOOD)
    return discover([str(tmp_path)])[0]


def test_configuration_is_structured_into_the_components_class(record):
    assert structure(record.id, Configurable, {"window": 5}) == Settings(window=5)


@pytest.mark.parametrize(
    ("configuration", "told"),
    [({"windoww": 1}, "did you mean 'window'"), ({"window": "many"}, "window"), ({"window": -1}, "window")],
)
def test_configuration_that_does_not_fit_is_one_error_naming_the_key(record, configuration, told):
    with pytest.raises(ConfigurationError, match=told):
        structure(record.id, Configurable, configuration)


def test_an_unknown_key_further_down_is_refused_with_its_place(record):
    with pytest.raises(ConfigurationError, match=r"no setting 'windo'; did you mean 'window'\? @ configuration.parts"):
        structure(record.id, Deep, {"parts": {"a": {"windo": 1}}})


def test_a_component_without_config_class_takes_no_configuration(record):
    with pytest.raises(ConfigurationError, match="takes no configuration"):
        structure(record.id, object, {"a": 1})


def test_building_gives_a_hosted_instance(tmp_path, monkeypatch):
    install(tmp_path, "vendor", "[allause.analytics]\nengine = built_module:Engine\n")
    (tmp_path / "built_module.py").write_text("class Engine:\n    def close(self):\n        return 5\n")
    monkeypatch.syspath_prepend(tmp_path)
    component = build(discover([str(tmp_path)])[0])
    assert isinstance(component, Component)
    assert component.call("close") == 5
    component.close()


@pytest.mark.parametrize(
    ("entry_points", "told"),
    [
        (b"[allause.analytics]\nengine = m:C\n# \xe4\n", "entry_points.txt cannot be read"),
        (b"[console_scripts]\nx = m:f\n\n[allause.analytics\nengine = m:C\n", "line 4"),
        (b"[allause.analytics\nengine = m:C\n", "expected [GROUP]"),
    ],
)
def test_entry_points_that_cannot_be_told_apart_are_a_record_whoever_ships_them(tmp_path, entry_points, told):
    install(tmp_path, "vendor", entry_points)
    (record,) = discover([str(tmp_path)])
    assert (record.id, record.state, record.defect) == ("vendor:?", ComponentState.BROKEN, "DSC002")
    assert told in record.reason


def test_what_follows_a_broken_header_of_others_is_no_component(tmp_path):
    install(tmp_path, "vendor", GOOD + "[console_scripts\nrun = m:f\n")
    assert [record.id for record in discover([str(tmp_path)])] == ["vendor:engine"]


def test_a_folder_that_cannot_be_listed_is_told_and_costs_only_itself(tmp_path):
    install(tmp_path / "good", "vendor", GOOD)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    hidden = []
    records = discover([str(tmp_path / "loop"), str(tmp_path / "good"), str(tmp_path / "none")], tell=hidden.append)
    assert [record.id for record in records] == ["vendor:engine"]
    (told,) = hidden
    assert told.startswith(f"{tmp_path}/loop cannot be read and may hide components: ")


def test_entry_points_that_cannot_be_opened_are_told(tmp_path):
    info = install(tmp_path, "vendor", GOOD)
    (info / "entry_points.txt").unlink()
    (info / "entry_points.txt").symlink_to(info / "entry_points.txt")
    hidden = []
    assert discover([str(tmp_path)], tell=hidden.append) == ()
    assert len(hidden) == 1


@pytest.mark.parametrize("packed", ["archive", "egg"])
def test_what_lies_in_an_archive_or_an_egg_is_found(tmp_path, packed):
    if packed == "egg":
        info = install(tmp_path, "Old", GOOD)
        place = tmp_path / "Old-1.0.egg"
        place.mkdir()
        info.rename(place / "EGG-INFO")
    else:
        place = tmp_path / "packed.zip"
        with zipfile.ZipFile(place, "w") as file:
            file.writestr("old-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: Old\nVersion: 1.0\n")
            file.writestr("old-1.0.dist-info/entry_points.txt", GOOD)
    assert [(r.id, r.version) for r in discover([str(place)])] == [("old:engine", "1.0")]
