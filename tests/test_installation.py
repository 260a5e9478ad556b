"""What is named by its path is installed for a moment, with what it needs, and nothing is left."""

import hashlib
import importlib.util
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from allause.discovery import discover
from allause.exceptions import UsageError
from allause.installation import installed, is_path

pytestmark = pytest.mark.long

_READ_ALL = "-dac_override,-dac_read_search"
PLAIN_USER = [] if os.geteuid() else ["setpriv", f"--bounding-set={_READ_ALL}", f"--inh-caps={_READ_ALL}"]
ENTRY = {"entry_points.txt": "[allause.analytics]\nengine = acme_engine:Engine\n"}


@pytest.fixture(autouse=True)
def offline(tmp_path, monkeypatch):
    """Let pip look only into the folder of these tests, and put throw-away folders where they can be counted."""
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "thrown-away"))
    (tmp_path / "thrown-away").mkdir()


@pytest.fixture
def wheel(tmp_path):
    """Write a wheel and return its path."""

    def make(name="acme-engine", requires=(), metadata=None, version="1.0", filling=0):
        package = name.replace("-", "_")
        path = tmp_path / "wheels" / f"{package}-{version}-py3-none-any.whl"
        path.parent.mkdir(exist_ok=True)
        info = f"{package}-{version}.dist-info"
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: >=3.11\n"
        files = {
            f"{package}.py": "class Engine:\n    pass\n" + "#" * filling,
            f"{info}/METADATA": head + "".join(f"Requires-Dist: {each}\n" for each in requires),
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            **{f"{info}/{key}": text for key, text in (ENTRY if metadata is None else metadata).items()},
        }
        with ZipFile(path, "w") as archive:
            for place, text in files.items():
                archive.writestr(place, text)
            archive.writestr(f"{info}/RECORD", "".join(f"{place},,\n" for place in [*files, f"{info}/RECORD"]))
        return path

    return make


def offer_of(*names):
    """Return what is offered, and what lies in the folders while it is."""
    with installed([str(name) for name in names], lambda text: None) as offer:
        inside = {path.name for folder in offer.extra_sys_path for path in Path(folder).iterdir()}
        return offer, inside


def refusal(*names):
    with pytest.raises(UsageError) as refused:
        offer_of(*names)
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [(".", True), ("..", True), ("./acme", True), ("a/b", True), ("/a", True), ("acme-1.0-py3-none-any.whl", True),
     ("acme", False), ("acme:engine", False), ("acme.engine", False)],
)  # fmt: skip
def test_a_path_is_told_from_a_name(name, expected):
    assert is_path(name) is expected


def test_names_alone_are_passed_on_and_nothing_is_installed():
    offer, _ = offer_of("acme:engine")
    assert (offer.names, offer.extra_sys_path, offer.notices) == (("acme:engine",), (), ())


def test_a_wheel_is_offered_as_long_as_the_context_lasts(wheel):
    path, told = wheel(), []
    with installed([str(path), "other:part"], told.append) as offer:
        assert offer.names == ("acme-engine:engine", "other:part")
        (record,) = discover(offer.extra_sys_path)
        assert record.id == "acme-engine:engine"
    assert told == [f"installing {path}"]
    assert [folder for folder in offer.extra_sys_path if Path(folder).exists()] == []
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
    assert offer.extra_sys_path[0] not in sys.path
    assert "acme_engine" not in sys.modules


def test_the_notice_names_the_bytes_that_were_examined(wheel):
    path = wheel()
    (notice,) = offer_of(path)[0].notices
    assert hashlib.sha256(path.read_bytes()).hexdigest() in notice


def test_a_component_is_known_by_the_path_that_named_it_as_a_shell_takes_it(wheel, monkeypatch, tmp_path):
    (tmp_path / "a b").mkdir()
    path = wheel().rename(tmp_path / "a b" / "acme_engine-1.0-py3-none-any.whl")
    monkeypatch.chdir(tmp_path)
    assert offer_of("./a b/" + path.name)[0].paths == {"acme-engine:engine": f"'./a b/{path.name}'"}


def test_what_is_needed_and_not_there_is_installed_with_what_that_needs(wheel):
    wheel("acme-deep", metadata={})
    wheel("acme-middle", requires=["acme-deep"], metadata={})
    path = wheel(requires=["acme-middle>=1", "attrs", "nothing-at-all; python_version < '3'"])
    _, inside = offer_of(path)
    assert {"acme_middle.py", "acme_deep.py", "acme_engine.py"} <= inside
    assert "attrs" not in inside


def test_a_core_of_another_version_is_left_for_a_check_to_find(wheel):
    _, inside = offer_of(wheel(requires=["allause>=99"]))
    assert "acme_engine.py" in inside


def test_what_cannot_be_had_is_named(wheel):
    message = refusal(wheel(requires=["acme-nowhere>=2"]))
    assert "acme-nowhere>=2" in message
    assert "install them first" in message


def test_certifying_takes_a_wheel_and_no_folder(wheel, tmp_path):
    folder = tmp_path / "a checkout"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    refused = pytest.raises(UsageError, match=f"build a wheel with `pip wheel .* '{folder}'` and name that")
    with refused, installed([str(folder)], lambda text: None, certify=True):
        pass
    with installed([str(wheel())], lambda text: None, certify=True) as offer:
        assert offer.names == ("acme-engine:engine",)


def test_two_paths_are_offered_together(wheel):
    first, second = wheel(), wheel("acme-second", metadata={"entry_points.txt": "[allause.optimizer]\nb = a:B\n"})
    assert offer_of(first, second)[0].names == ("acme-engine:engine", "acme-second:b")


def test_two_wheels_of_one_distribution_are_refused_with_both_their_names(wheel):
    first, second = wheel(), wheel(version="2.0")
    assert refusal(first, second).startswith(f"{first} and {second} are both acme-engine, and one validation")


def test_a_path_named_twice_is_refused(wheel, monkeypatch):
    path = wheel()
    monkeypatch.chdir(path.parent)
    assert f"./{path.name} and {path} are both {path}" in refusal(f"./{path.name}", path)
    assert "leave one of them out" in refusal(path, path)


@pytest.mark.parametrize("name", ["acme-engine", "Acme_Engine:engine"])
def test_a_path_beside_the_installed_component_that_it_would_hide_is_refused(name, wheel):
    path = wheel()
    assert f"{path} and {name} are both acme-engine" in refusal(name, path)


def test_a_checkout_beside_its_own_wheel_is_refused(wheel, checkout):
    pytest.importorskip("hatchling", reason="needs hatchling, with which the checkout is built")
    assert "are both acme-engine" in refusal(wheel(), checkout())


def test_components_of_one_distribution_are_named_by_name_beside_a_path(wheel):
    assert offer_of("other:a", "other:b", wheel())[0].names == ("other:a", "other:b", "acme-engine:engine")


def test_a_wheel_without_a_component_is_refused(wheel):
    assert "offers no component" in refusal(wheel(metadata={}))


def test_a_file_that_is_no_wheel_is_refused(tmp_path, wheel):
    (tmp_path / "acme.whl").write_text("not a zip")
    assert "is no wheel" in refusal(tmp_path / "acme.whl")
    (tmp_path / "notes.txt").write_text("x")
    assert "is no wheel" in refusal(tmp_path / "notes.txt")
    cut = tmp_path / "acme_engine-1.0-py3-none-any.whl"
    cut.write_bytes(wheel().read_bytes()[:200])
    assert "is no wheel" in refusal(cut)


@pytest.mark.parametrize("packing", ["ZIP_STORED", "ZIP_DEFLATED", "ZIP_BZIP2", "ZIP_LZMA"])
@pytest.mark.parametrize("damage", ["wild", "zeros"])
def test_a_wheel_whose_data_is_damaged_is_no_wheel(packing, damage, tmp_path):
    path = tmp_path / "acme_engine-1.0-py3-none-any.whl"
    try:
        with ZipFile(path, "w", compression=getattr(zipfile, packing)) as archive:
            archive.writestr("a.py", bytes(random.Random(1).choices(range(9), k=20_000)))
    except RuntimeError:
        pytest.skip(f"this Python cannot pack with {packing}")
    data = bytearray(path.read_bytes())
    data[60:900] = random.Random(2).randbytes(840) if damage == "wild" else bytes(840)
    path.write_bytes(data)
    message = refusal(path)
    assert "is no wheel: " in message
    assert not message.endswith(": ")


def test_a_name_with_a_line_break_does_not_cut_the_complaint(wheel):
    path = wheel()
    broken = path.rename(path.with_name("acme\nengine-1.0-py3-none-any.whl"))
    message = refusal(broken)
    assert "cannot be installed: ERROR: " in message  # the rest is pip's own, and each version words it otherwise
    assert message.count(r"acme\nengine-1.0-py3-none-any") == 2


@pytest.mark.parametrize(("room", "said"), [("20k", "cannot be copied"), ("4m", "cannot be installed")])
def test_a_full_temporary_folder_is_told_as_that(room, said, wheel, checkout, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o size={room} tmpfs {small}"
    if not shutil.which("unshare") or subprocess.run([*mounted, mount], capture_output=True, check=False).returncode:
        pytest.skip("needs a namespace in which a small file system can be mounted")
    path = checkout(text="x = 1\n" * 10000) if said == "cannot be copied" else wheel(filling=8000000)
    command = f"{mount} && TMPDIR={small} {sys.executable} -m allause validate {path} --fast"
    done = subprocess.run([*mounted, command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert f"{said}: there is no room left in {small}; make some, or let TMPDIR name another" in done.stderr


def test_a_path_that_leads_nowhere_is_refused(tmp_path):
    assert "there is nothing at" in refusal(tmp_path / "nowhere")


def test_a_folder_that_is_no_project_is_refused(tmp_path):
    assert refusal(tmp_path) == f"{tmp_path} is no source checkout: expected a pyproject.toml in it"


def said_to_a_plain_user(path):
    """Return what a process without the right to read everything says of a path."""
    code = f"from allause.cli import main; main(['validate', {str(path)!r}])"
    done = subprocess.run(
        [*PLAIN_USER, sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=path.parent,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    return done.stderr.splitlines()[-1].removeprefix("allause: error: ")


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may read everything")
@pytest.mark.parametrize("name", ["checkout", "checkout/pyproject.toml", "acme-1.0-py3-none-any.whl"])
def test_what_may_not_be_read_is_named_once_and_in_words(name, tmp_path, checkout):
    closed = tmp_path / name
    checkout()
    closed.touch()
    closed.chmod(0)
    try:
        said = said_to_a_plain_user(tmp_path / name.partition("/")[0])
    finally:
        closed.chmod(0o700)
    assert said == f"{closed} is not readable: Permission denied"


def test_several_files_that_cannot_be_copied_are_counted(checkout):
    folder = checkout()
    for name in ("one", "two", "three"):
        os.mkfifo(folder / name)
    message = refusal(folder)
    assert "is a named pipe" in message
    assert message.endswith(", nor are 2 others")


def test_the_core_is_not_told_to_declare_a_component(wheel):
    message = refusal(wheel("allause", metadata={}))
    assert "is the core, which offers no component; leave it out" in message
    assert "declare" not in message


@pytest.fixture
def checkout(tmp_path):
    """Write a source checkout that is built with the backend named."""

    def make(backend="hatchling", text="class Engine:\n    pass\n"):
        folder = tmp_path / "checkout"
        folder.mkdir()
        (folder / "acme_engine.py").write_text(text)
        (folder / "pyproject.toml").write_text(
            f'[build-system]\nrequires = ["{backend}"]\nbuild-backend = "{backend}.build"\n'
            '[project]\nname = "acme-engine"\nversion = "1.0"\n'
            '[project.entry-points."allause.analytics"]\nengine = "acme_engine:Engine"\n'
        )
        return folder

    return make


def test_a_checkout_is_built_from_a_copy_and_left_as_it_was(checkout):
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("needs hatchling, with which the checkout is built")
    folder = checkout()
    before = sorted(folder.rglob("*"))
    offer, inside = offer_of(folder)
    assert offer.names == ("acme-engine:engine",)
    assert "acme_engine.py" in inside
    assert sorted(folder.rglob("*")) == before
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def test_a_checkout_that_holds_the_temporary_folder_is_not_copied_into_itself(checkout, monkeypatch):
    folder = checkout(backend="no_such_backend")
    (folder / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    assert "built with no_such_backend, which this environment lacks" in refusal(folder)


def test_a_checkout_whose_build_needs_what_is_not_there_is_refused_with_the_remedy(checkout):
    message = refusal(checkout(backend="no_such_backend"))
    assert "built with no_such_backend, which this environment lacks" in message
    assert "build a wheel elsewhere" in message


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = " + "[" * 5_000, "values nested beyond reason"),
        ("[build-system", "Expected ']' at the end of a table declaration (at end of document)"),
        ("build-system = 1\n", "build-system: expected a table"),
        ('[build-system]\nrequires = "hatchling"\n', "build-system.requires: expected a list of text"),
    ],
)
def test_a_malformed_pyproject_is_refused_by_name_with_the_place_and_the_remedy(tmp_path, text, problem):
    file = tmp_path / "checkout" / "pyproject.toml"
    file.parent.mkdir()
    file.write_text(text)
    assert refusal(file.parent) == f"{file} is malformed: {problem}; correct it there"


@pytest.mark.parametrize("name", ["DRY_RUN", "PREFIX", "REQUIRE_VIRTUALENV", "ROOT", "TARGET", "USER"])
def test_where_the_user_has_pip_install_is_no_matter(name, wheel, monkeypatch, tmp_path):
    place = name in {"PREFIX", "ROOT", "TARGET"}
    monkeypatch.setenv(f"PIP_{name}", str(tmp_path / "elsewhere") if place else "1")
    _, inside = offer_of(wheel())
    assert "acme_engine.py" in inside
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "setting", ["dry-run = true", "prefix = {place}", "root = {place}", "target = {place}", "user = true"]
)
def test_nor_is_it_where_a_file_of_settings_says_so(setting, wheel, monkeypatch, tmp_path):
    file, place = tmp_path / "pip.conf", tmp_path / "elsewhere"
    file.write_text(f"[install]\n{setting.format(place=place)}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    _, inside = offer_of(wheel())
    assert "acme_engine.py" in inside
    assert not place.exists()


def test_an_environment_without_pip_is_told_so_with_the_remedy(wheel, checkout, monkeypatch, tmp_path):
    python = tmp_path / "bare" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    monkeypatch.setattr(sys, "executable", str(python))
    for named in (wheel(), checkout()):
        message = refusal(named)
        assert message.startswith(f"{python} has no pip, which builds and installs what is named by a path; add it (")
        assert "cannot be" not in message
