"""Text from a stranger is inert in every format: each output is parsed back and compared with a harmless one."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from allause.plain import plain
from allause.rendering import RENDERERS, html, markdown, render

HARMLESS = "harmless"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_WORKFLOW_COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-z]+=[^:,]*,?)+)::(.*)")
_TOLD = 300  # characters that every format shows of a text


def seen(hostile):
    """Return how a text begins once it is printable."""
    return plain(hostile)[:_TOLD]


def json_shape(value):
    """Return a JSON value without its texts."""
    if isinstance(value, dict):
        return [json_shape(item) for item in value.values()]
    return [json_shape(item) for item in value] if isinstance(value, list) else type(value).__name__


class _Page(HTMLParser):
    """Collect the elements, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.shape, self.text = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.shape.append((tag, tuple(attrs)))

    def handle_endtag(self, tag):
        self.shape.append((tag,))

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.shape.append(("comment", data))


def page_shape(text):
    return _Page(text).shape


def markdown_tokens(text):
    def walk(tokens):
        for token in tokens:
            yield token
            yield from walk(token.children or [])

    return list(walk(MarkdownIt("commonmark").enable("table").parse(text)))


def markdown_shape(text):
    return [(token.type, token.tag, token.content if token.type == "text" else "") for token in markdown_tokens(text)]


@pytest.mark.parametrize("name", RENDERERS)
def test_no_format_lets_a_control_character_or_a_command_of_a_build_server_through(name, hostile, soaked):
    output = render(name, soaked(hostile))
    assert not _CONTROL.search(output)
    assert "\r" not in output
    assert not re.search(r"##\w*\[", output if name != "github" else "")
    if name != "github":
        assert [line for line in output.splitlines() if line.lstrip().startswith("::")] == []
    assert len(output) < 1_500_000


def test_json_and_json_lines_keep_their_shape_and_the_text(hostile, soaked):
    found = json.loads(render("json", soaked(hostile)))
    assert json_shape(found) == json_shape(json.loads(render("json", soaked(HARMLESS))))
    assert found["components"][0]["results"][1]["message"] == plain(hostile)
    lines = render("jsonl", soaked(hostile)).rstrip("\n").split("\n")
    harmless = render("jsonl", soaked(HARMLESS)).rstrip("\n").split("\n")
    assert [json_shape(json.loads(line)) for line in lines] == [json_shape(json.loads(line)) for line in harmless]
    assert json.loads(lines[2])["message"] == plain(hostile)


def test_junit_keeps_its_elements_and_the_text(hostile, soaked):
    def shape(root):
        return [(element.tag, sorted(element.attrib)) for element in root.iter() if element.tag != "properties"]

    found = ET.fromstring(render("junit", soaked(hostile)))
    assert shape(found) == shape(ET.fromstring(render("junit", soaked(HARMLESS))))
    messages = {element.get("message") for element in found.iter("failure")}
    assert messages == {plain(hostile)}


def test_sarif_keeps_its_shape_and_no_text_is_a_link_or_a_placeholder(hostile, soaked):
    found = json.loads(render("sarif", soaked(hostile)))["runs"][0]
    assert json_shape(found) == json_shape(json.loads(render("sarif", soaked(HARMLESS)))["runs"][0])
    for result in found["results"]:
        told = result["message"]["text"]
        assert not re.search(r"[\[\]]", re.sub(r"\\.", "", told))
        plainly = re.sub(r"\\([\\\[\]])", r"\1", told).replace("{{", "{").replace("}}", "}")
        assert seen(hostile) in plainly


def test_every_line_for_github_is_one_annotation_with_known_properties(hostile, soaked):
    lines = render("github", soaked(hostile)).rstrip("\n").split("\n")
    assert len(lines) == len(render("github", soaked(HARMLESS)).splitlines())
    for line in lines:
        _, properties, data = _WORKFLOW_COMMAND.fullmatch(line).groups()
        named = dict(part.split("=", 1) for part in properties.split(","))
        assert set(named) <= {"title", "file", "line"}
        assert not named.get("file", "").startswith(("/", "."))
        assert not re.search(r"%(?!25|0A|0D)", data)
    shown = data_of(lines[0])
    assert seen(hostile) in shown


def data_of(line):
    data = line.partition(" ")[2].partition("::")[2]
    return data.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def test_markdown_keeps_its_blocks_and_the_text_stands_in_code(hostile, soaked):
    output = render("markdown", soaked(hostile))
    assert markdown_shape(output) == markdown_shape(render("markdown", soaked(HARMLESS)))
    spans = [token.content for token in markdown_tokens(output) if token.type == "code_inline"]
    shown = re.sub(r"##(?=\w*\[)", r"##\\", seen(hostile))
    assert any(span.startswith(shown[:200]) for span in spans) or not hostile.strip()


def test_a_page_has_no_element_and_no_attribute_from_data(hostile, soaked):
    output = render("html", soaked(hostile))
    found, harmless = page_shape(output), page_shape(render("html", soaked(HARMLESS)))
    if "this page is shortened" in output:
        assert set(found) <= set(harmless)
    else:
        assert found == harmless
    assert seen(hostile) in "".join(_Page(output).text)
    assert len(output.encode()) <= html.LARGEST


def test_a_template_of_a_stranger_is_not_evaluated(soaked):
    for name in RENDERERS:
        assert "333333" not in render(name, soaked("{{111111*3}}"))


def test_a_markdown_renderer_that_does_not_escape_is_noticed(soaked, monkeypatch):
    monkeypatch.setattr(markdown, "code", str)
    output = render("markdown", soaked("<b>x</b> [y](z)"))
    assert markdown_shape(output) != markdown_shape(render("markdown", soaked(HARMLESS)))


def test_a_page_that_does_not_escape_is_noticed(soaked, monkeypatch):
    source = html._asset("report.html.jinja")
    broken = source.replace("<dd>{{ each.message }}</dd>", "<dd>{{ each.message|safe }}</dd>")
    assert broken != source
    monkeypatch.setattr(html, "_asset", lambda name, asset=html._asset: broken if "jinja" in name else asset(name))
    html._template.cache_clear()
    try:
        output = render("html", soaked("<b onclick=x>y</b>"))
        assert page_shape(output) != page_shape(render("html", soaked(HARMLESS)))
    finally:
        html._template.cache_clear()
