"""What children would compile again and again is found in milliseconds, and written for installed files alone."""

import os
import py_compile
import signal
import subprocess
import sys

import pytest

from allause.discovery import discover
from allause.evidence import bytecode
from allause.evidence.bytecode import named, obstacle, remedy, uncompiled, write

LONG = "answer = 42\n" * 4_000
ENTRY = "[allause.analytics]\nengine = acme:Engine\n"


@pytest.fixture
def site(tmp_path):
    """Return a folder of installed distributions."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def install(site):
    """Write a distribution as uv installs it: as recorded, and not compiled."""

    def make(name, files, *requires, entry_points="", recorded=()):
        info = site / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {r}" for r in requires)]
        (info / "METADATA").write_text("\n".join(lines) + "\n")
        (info / "entry_points.txt").write_text(entry_points)
        (info / "RECORD").write_text("".join(f"{path},,\n" for path in (*files, *recorded)))
        for path, text in files.items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text)

    return make


@pytest.fixture
def find(site):
    """Return the modules without byte code, by distribution."""

    def look():
        found = uncompiled(discover([str(site)]), [str(site)])
        return {each.distribution: {os.path.relpath(file, site) for file in each.modules} for each in found}

    return look


def compile_all(site):
    for file in site.rglob("*.py"):
        py_compile.compile(str(file), doraise=True)


def written(site):
    return {str(file.relative_to(site)).partition(".")[0] for file in site.rglob("*.pyc")}


def test_what_a_component_needs_is_found_with_what_that_needs_and_nothing_else(install, find):
    install("acme", {"acme.py": LONG}, "near[fast]>=1", entry_points=ENTRY)
    install("near", {"near/__init__.py": LONG}, "far ; python_version > '3'", "quick ; extra == 'fast'",
            "slow ; extra == 'slow'")  # fmt: skip # one distribution
    for name in ("far", "quick", "slow", "stranger"):
        install(name, {f"{name}.py": LONG})
    assert set(find()) == {"acme", "near", "far", "quick"}


def test_every_extra_of_the_component_itself_counts_where_it_is_installed(install, find):
    install("acme", {"acme.py": LONG}, "near ; extra == 'fast'", "gone ; extra == 'more'", entry_points=ENTRY)
    install("near", {"near.py": LONG})
    assert set(find()) == {"acme", "near"}


def test_of_the_core_its_own_modules_and_requirements_count_and_not_what_those_need(install, find):
    install("acme", {"acme.py": LONG}, "allause", entry_points=ENTRY)
    install("allause", {"allause/__init__.py": LONG}, "prompt", "builder")
    install("prompt", {"prompt.py": LONG}, "colours")
    install("builder", {"builder.py": LONG})
    install("colours", {"colours.py": LONG})
    assert set(find()) == {"acme", "allause"}
    install("beta", {"beta.py": LONG}, "prompt", entry_points=ENTRY.replace("acme", "beta"))
    assert set(find()) == {"acme", "allause", "beta", "prompt"}


def test_what_pip_has_compiled_is_not_found(install, find, site):
    install("acme", {"acme.py": LONG, "more/__init__.py": LONG}, entry_points=ENTRY)
    compile_all(site)
    assert find() == {}


def test_byte_code_of_another_interpreter_is_none(install, find, site):
    install("acme", {"acme.py": LONG}, entry_points=ENTRY)
    py_compile.compile(str(site / "acme.py"), cfile=str(site / "__pycache__" / "acme.cpython-27.pyc"), doraise=True)
    assert find() == {"acme": {"acme.py"}}


def test_a_few_that_no_installer_could_compile_are_let_be(install, find, site):
    install("acme", {**{f"acme/m{n}.py": LONG for n in range(20)}, "acme/template.py": "{{" + LONG}, entry_points=ENTRY)
    for file in site.glob("acme/m*.py"):
        py_compile.compile(str(file), doraise=True)
    assert find() == {}


def test_little_is_not_worth_it(install, find):
    install("acme", {"acme.py": "answer = 42\n"}, entry_points=ENTRY)
    assert find() == {}


def test_nobody_imports_tests_scripts_and_templates(install, find):
    names = ("acme/tests/test_it.py", "acme/two words.py", "acme-1.0.data/scripts/run.py", "acme/my-script.py")
    install("acme", {"acme/__init__.py": LONG, **dict.fromkeys(names, LONG)}, entry_points=ENTRY)
    assert find() == {"acme": {"acme/__init__.py"}}


def test_nothing_outside_the_folder_counts_nor_what_is_no_bearable_file(install, find, site, tmp_path):
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "linked.py").write_text(LONG)
    (tmp_path / "above.py").write_text(LONG)
    recorded = ("../above.py", str(tmp_path / "above.py"), "link/linked.py", "pipe.py", "gone.py")
    files = {"acme.py": LONG, "huge.py": "#" * 3_000_000}
    install("acme", files, entry_points=ENTRY, recorded=recorded)
    (site / "link").symlink_to(checkout)
    os.mkfifo(site / "pipe.py")
    assert find() == {"acme": {"acme.py"}}


def test_an_editable_installation_is_never_touched(install, find):
    install("acme", {"_editable_impl_acme.pth": "/somewhere\n"}, entry_points=ENTRY)
    assert find() == {}


@pytest.mark.parametrize("record", [None, b"\xff\xfe\x00", b"acme.py,,\n" * 200_000], ids=["none", "no text", "huge"])
def test_a_distribution_without_a_readable_record_is_let_be(install, find, site, record):
    install("acme", {"acme.py": LONG}, entry_points=ENTRY)
    file = site / "acme-1.0.dist-info" / "RECORD"
    file.unlink() if record is None else file.write_bytes(record)
    assert find() == {}


def test_what_is_written_is_what_an_import_takes(install, site):
    install("acme", {"acme/__init__.py": LONG, "acme/more.py": LONG}, entry_points=ENTRY)
    write(uncompiled(discover([str(site)]), [str(site)]))
    assert uncompiled(discover([str(site)]), [str(site)]) == ()
    code = f"import sys; sys.path.insert(0, {str(site)!r}); import acme.more"
    said = subprocess.run([sys.executable, "-I", "-v", "-c", code], capture_output=True, text=True, check=True).stderr
    assert f"{site}/acme/__pycache__/more.{sys.implementation.cache_tag}.pyc matches" in said


def test_many_are_shared_among_the_processors_and_none_is_forgotten(install, site, find, monkeypatch):
    install("acme", {f"acme/m{n}.py": LONG[:6_000] for n in range(7)}, entry_points=ENTRY)
    monkeypatch.setattr(bytecode, "_SHARE", 2)
    monkeypatch.setattr(bytecode.os, "cpu_count", lambda: 3)
    write(uncompiled(discover([str(site)]), [str(site)]))
    assert len(written(site)) == 7


def test_what_does_not_parse_costs_itself_and_says_nothing(install, site, capfd):
    hostile = {"nested": "(" * 60_000, "wrong": LONG + "=", "warning": "1 is 1\n", "null": "\0", "bytes": "é"}
    install("acme", {f"acme/{n}.py": text for n, text in hostile.items()} | {"acme/good.py": LONG}, entry_points=ENTRY)
    (site / "acme" / "bytes.py").write_bytes(b"\xff" * 100)
    write(uncompiled(discover([str(site)]), [str(site)]))
    assert written(site) == {"acme/__pycache__/good", "acme/__pycache__/warning"}
    assert capfd.readouterr() == ("", "")


def test_compiling_runs_nothing_of_it_and_takes_no_module_of_the_folder_it_is_in(install, site, monkeypatch):
    bad = f"open({str(site / 'ran')!r}, 'w')\n"
    install("acme", {"acme.py": bad + LONG, "compileall.py": bad, "sitecustomize.py": bad}, entry_points=ENTRY)
    monkeypatch.chdir(site)
    monkeypatch.setenv("PYTHONPATH", str(site))
    write(uncompiled(discover([str(site)]), [str(site)]))
    assert "__pycache__/acme" in written(site)
    assert not (site / "ran").exists()


def test_one_that_takes_too_long_is_given_up_and_ended(install, site, monkeypatch):
    install("acme", {"acme.py": LONG}, entry_points=ENTRY)
    monkeypatch.setattr(bytecode, "_PATIENCE_S", 0.0)
    started = []
    compiling = bytecode._compiling
    monkeypatch.setattr(bytecode, "_compiling", lambda modules: started.append(compiling(modules)) or started[-1])
    write(uncompiled(discover([str(site)]), [str(site)]))
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_an_interrupt_before_all_have_started_ends_those_that_have(install, site, monkeypatch):
    install("acme", {f"acme/m{n}.py": LONG for n in range(4)}, entry_points=ENTRY)
    started = []
    compiling = bytecode._compiling

    def interrupted(modules):
        if started:
            raise KeyboardInterrupt
        monkeypatch.setattr(bytecode, "_COMPILE", ("-c", "import time; time.sleep(60)"))
        started.append(compiling(modules))
        return started[-1]

    monkeypatch.setattr(bytecode, "_compiling", interrupted)
    monkeypatch.setattr(bytecode, "_SHARE", 2)
    monkeypatch.setattr(bytecode.os, "cpu_count", lambda: 2)
    with pytest.raises(KeyboardInterrupt):
        write(uncompiled(discover([str(site)]), [str(site)]))
    assert [process.poll() for process in started] == [-signal.SIGKILL]


def test_an_interrupt_while_one_starts_ends_that_too(install, site, monkeypatch):
    install("acme", {"acme.py": LONG}, entry_points=ENTRY)
    started = []

    class Interrupted(subprocess.Popen):
        def __init__(self, *words, **options):
            super().__init__(*words, **options)
            started.append(self)
            signal.raise_signal(signal.SIGINT)

    found = uncompiled(discover([str(site)]), [str(site)])
    monkeypatch.setattr(bytecode, "_COMPILE", ("-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(bytecode.subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(found)
    assert [process.poll() for process in started] == [-signal.SIGKILL]


def test_the_reasons_not_to_write_are_told(install, site, monkeypatch):
    install("acme", {"acme.py": LONG}, entry_points=ENTRY)
    found = uncompiled(discover([str(site)]), [str(site)])
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    assert obstacle(found) == ""
    monkeypatch.setattr(bytecode.os, "access", lambda *_: False)
    assert obstacle(found) == f"{site} is not writable"
    monkeypatch.setattr(sys, "pycache_prefix", "/elsewhere")
    assert "PYTHONPYCACHEPREFIX" in obstacle(found)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert "PYTHONDONTWRITEBYTECODE" in obstacle(found)


def test_the_remedy_works_as_it_is_told_whatever_the_environment_says(install, site, find, monkeypatch, tmp_path):
    install("acme", {"acme.py": LONG}, entry_points=ENTRY)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "elsewhere"))
    subprocess.run(remedy(uncompiled(discover([str(site)]), [str(site)])), shell=True, check=True)
    assert find() == {}


def test_many_are_named_in_short_the_largest_first(install, site):
    for number, name in enumerate(("a", "b", "c", "d", "e")):
        files = {f"{name}/m{n}.py": LONG for n in range(number + 1)}
        install(f"acme-{name}", files, entry_points=f"[allause.analytics]\n{name} = {name}:Engine\n")
    assert named(uncompiled(discover([str(site)]), [str(site)])) == "acme-e, acme-d, acme-c and 2 more"
    assert named(uncompiled(discover([str(site)]), [str(site)])[:3]) == "acme-e, acme-d, acme-c"
