import os
from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest

from allause.evidence.artefact import UNREADABLE, Digests, altered, importable, neighbours, owners, read_artefact

HASH = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"  # of nothing


@pytest.fixture
def install(tmp_path):
    """Write a distribution's metadata and files, and read it."""

    def write(name="engine", record=(), files=(), metadata="Name: engine\n", origin=None):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_bytes(metadata if isinstance(metadata, bytes) else metadata.encode())
        (info / "RECORD").write_text("".join(f"{line}\n" for line in record))
        if origin is not None:
            (info / "direct_url.json").write_text(origin)
        for path, content in dict(files).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        return read_artefact(str(info))

    return write


def test_metadata_is_read_without_importing_anything(install):
    found = install(metadata="Name: engine\nRequires-Python: >=3.11\nClassifier: A\nClassifier: B\n\nbody")
    assert (found.requires_python, found.classifiers, found.problems) == (">=3.11", ("A", "B"), {})


@pytest.mark.parametrize("metadata", [b"\xff\xfe", b"Name: \xe9\n"])
def test_metadata_that_is_not_text_is_a_stated_problem(install, metadata):
    assert "UnicodeDecodeError" in install(metadata=metadata).problems["METADATA"]


@pytest.mark.parametrize("origin", ["{", "[" * 100_000, '{"url": "\ud800"}'.encode("utf-8", "replace").decode() + "}"])
def test_an_origin_that_is_not_json_is_a_stated_problem(install, origin):
    assert install(origin=origin).problems["direct_url.json"]


@pytest.mark.parametrize("origin", ["[]", "7", '{"dir_info": 7}', '{"dir_info": {"editable": "yes"}}', "{}"])
def test_an_origin_of_another_shape_is_not_editable(install, origin):
    assert not install(origin=origin).editable


def test_an_editable_installation_is_told(install):
    assert install(origin='{"url": "file:///x", "dir_info": {"editable": true}}').editable


def test_a_file_that_cannot_be_read_takes_nothing_from_the_others(install):
    found = install(metadata="Requires-Python: >=3.11\n", origin="[" * 100_000)
    assert (found.requires_python, found.record, set(found.problems)) == (">=3.11", {}, {"direct_url.json"})


def test_only_regular_files_are_compared(install, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    up = "../" * len(tmp_path.parts)
    found = list(altered(install(record=[f"pipe,{HASH},", f"{up}dev/zero,{HASH},"])))
    assert [problem for _, problem in found] == ["is recorded and not there"] * 2


def test_files_without_end_are_not_compared(install, tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    ((_, problem),) = altered(install(record=[f"sparse,{HASH},"]))
    assert "more than 4 GiB" in problem


def test_all_files_of_a_distribution_are_bounded_together(tmp_path):
    for name in "ab":
        (tmp_path / name).write_bytes(b"12345678")
    digests = Digests(most=10)
    assert digests.of(tmp_path / "a", "sha256") == sha256(b"12345678").digest()
    with pytest.raises(OSError, match="more than"):
        digests.of(tmp_path / "b", "sha256")


def test_no_digest_of_another_file_is_told(install, tmp_path):
    (tmp_path.parent / "secret").write_text("word")
    ((_, problem),) = altered(install(record=[f"../secret,{HASH},"]))
    assert urlsafe_b64encode(sha256(b"word").digest()).decode()[:6] not in problem


def test_no_folder_of_metadata_is_a_stated_problem(tmp_path):
    assert read_artefact(str(tmp_path / "gone")).problems
    assert read_artefact("").info is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("engine/__init__.py", "engine"),
        ("engine/deep/fast.cpython-311-x86_64-linux-gnu.so", "engine"),
        ("single.py", "single"),
        ("native.abi3.so", "native"),
        ("engine/data.csv", ""),
        ("engine-1.0.dist-info/METADATA", ""),
        ("../../../bin/engine", ""),
        ("engine.pth", ""),
    ],
)
def test_only_code_makes_a_name_importable(path, name):
    assert importable(path) == name


def test_recorded_bytes_that_are_there_are_not_altered(install):
    assert not list(altered(install(record=[f"engine.py,{HASH},0", "cache.pyc,,"], files={"engine.py": ""})))


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (f"engine.py,{HASH},0", "differs from RECORD"),
        (f"gone.py,{HASH},0", "recorded and not there"),
        ("engine.py,md5=abc,0", "unknown kind"),
        (f"engine.py\x00,{HASH},0", "recorded and not there"),
    ],
)
def test_an_altered_file_is_found(install, record, problem):
    ((_, found),) = altered(install(record=[record], files={"engine.py": "changed"}))
    assert problem in found


def test_neighbours_are_those_that_ship_the_same_top_level_name(install):
    install(name="other", record=["engine/more.py,,"])
    install(name="stranger", record=["strange.py,,"])
    found = install(record=["engine/__init__.py,,"])
    assert [name for name, _ in neighbours(found)] == ["other"]


def test_owners_are_found_by_module_or_package(install, tmp_path):
    install(name="a", record=["engine/__init__.py,,"])
    install(name="b", record=["x.py,,", "engine.py,,"])
    install(name="c", record=["engineering.py,,", "docs/engine/x,,"])
    assert owners("engine", tmp_path) == {"a", "b"}


@pytest.fixture
def unreadable(install, tmp_path):
    """Install a distribution whose RECORD cannot be opened."""
    install(name="closed")
    record = tmp_path / "closed-1.0.dist-info" / "RECORD"
    record.unlink()
    record.symlink_to(record)


@pytest.mark.usefixtures("unreadable")
def test_a_neighbour_whose_record_cannot_be_read_is_unknown_and_not_absent(install):
    assert list(neighbours(install(record=["engine/__init__.py,,"]))) == [("closed", None)]


def test_a_neighbour_whose_record_is_no_text_is_unknown(install, tmp_path):
    install(name="binary")
    (tmp_path / "binary-1.0.dist-info" / "RECORD").write_bytes(b"engine/\xff.py,,\n")
    assert list(neighbours(install(record=["engine/__init__.py,,"]))) == [("binary", None)]


@pytest.mark.usefixtures("unreadable")
def test_an_owner_whose_record_cannot_be_read_may_own_it(install, tmp_path):
    install(name="a", record=["engine/__init__.py,,"])
    assert owners("engine", tmp_path) == {"a", UNREADABLE}
