"""The page: self-contained, small, and whole in a real browser."""

import base64
import hashlib
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from allause.models.report import ComponentReport, Status
from allause.rendering import render
from allause.rendering.html import LARGEST

pytestmark = pytest.mark.long

_QUANTILES = {"p5": 1e3, "median": 2e3, "p95": 5e3, "p99": 7e3, "maximum": 1e6}
FIGURES = {"name": "place_order", "unit": "ns", "n": 9, **_QUANTILES}
# a browser that only renders: no sandbox within a container's, nothing of its own on the network, an empty profile
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom"),
)


@pytest.fixture
def page(make_report, make_result, make_step):
    """Render a report with every part: findings, workflows, evidence and a chart."""
    finding = make_result(status=Status.FAILED, message="close is missing", fix="add close()")
    steps = (make_step(evidence={"measured": FIGURES}), make_step("stream", Status.ERRORED, message="it died"))
    return render("html", make_report((finding, make_result("CON002")), steps, exit_code=1))


@pytest.fixture
def browse(tmp_path):
    """Open a page in headless Chromium; answer its document after the scripts ran, and what its console said."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no Chromium is installed; 'apt-get install chromium' brings it")

    def browse(text):
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        command = [program, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", file.as_uri()]
        ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=True)
        return ended.stdout, re.findall(r"^.*:CONSOLE.*$", ended.stderr, flags=re.MULTILINE)

    return browse


@pytest.fixture
def witness():
    """Serve on loopback and record every request; answer the address and the record."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


class _Attributes(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found |= {(tag, name) for name, _ in attrs}


def test_nothing_on_the_page_refers_to_anything_outside(page):
    names = {name for _, name in _Attributes(page).found}
    assert not names & {"src", "href", "srcset", "action", "data", "style", "xlink:href", "background"}
    assert not [name for name in names if name.startswith("on")]
    assert "url(" not in page
    assert "@import" not in page


def test_the_policy_allows_the_inline_script_and_style_by_their_hashes_and_nothing_else(page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    for tag in ("script", "style"):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_the_page_knows_dark_and_light_and_paper(page):
    assert "color-scheme: light dark" in page
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page


def test_findings_fold_and_distributions_are_drawn(page):
    assert page.count("<details open>") == 2
    assert '<rect class="box"' in page
    assert "1 µs" in page


def test_a_huge_report_stays_small_and_says_what_it_left_out(make_report, make_result):
    results = tuple(
        make_result(f"CON{n:03}", Status.FAILED, message="<x&y> " * 400, location="l" * 900, fix="f" * 900)
        for n in range(90)
    )
    components = tuple(
        ComponentReport(id=f"acme-{n}:engine", kind="execution", distribution=f"acme-{n}", version="1", results=results)
        for n in range(12)
    )
    page = render("html", make_report(components=components, notices=("<n>" * 1000,) * 300, exit_code=1))
    assert len(page.encode()) <= LARGEST
    assert "this page is shortened" in page
    assert "more in the JSON report" in page


def test_a_small_report_is_shown_whole(page):
    assert "this page is shortened" not in page


def test_a_browser_shows_the_page_without_a_complaint(page, browse):
    document, console = browse(page)
    assert console == []
    assert "unfold all" in document, "the script did not run"
    assert document.count('<th scope="col"><button type="button">') > 5


def test_a_browser_asks_nothing_of_any_network_whatever_a_component_says(soaked, browse, witness):
    address, asked = witness
    text = f'"\'><img src="{address}/i"><link rel=stylesheet href="{address}/l"><script src="{address}/s"></script>'
    document, console = browse(render("html", soaked(text)))
    assert asked == []
    assert console == []
    assert "unfold all" in document


def test_a_page_that_does_ask_or_complain_would_be_noticed(page, browse, witness):
    address, asked = witness
    open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    browse(open_page.replace("</body>", f'<img src="{address}/i"></body>'))
    assert "/i" in asked
    del asked[:]
    _, console = browse(page.replace("</body>", f'<img src="{address}/i"><script>alert(1)</script></body>'))
    assert asked == []
    assert len(console) >= 2


def test_a_click_on_a_heading_sorts_by_number_and_a_second_one_turns_it_round(make_report, make_step, browse):
    seconds = {"slow": 12.5, "fast": 0.25, "middle": 3.0}
    report = make_report(steps=tuple(make_step(name, seconds=each) for name, each in seconds.items()))
    workflows = tuple(
        report.workflows[0].__class__(name=step.name, status=step.status, steps=(step,))
        for step in report.workflows[0].steps
    )
    page = render("html", make_report(workflows=workflows))
    # the policy would rightly refuse a script of the test
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    click = 'Array.from(document.querySelectorAll("th button")).find(b => b.textContent === "Seconds").click();'
    for clicks, expected in ((1, ["fast", "middle", "slow"]), (2, ["slow", "middle", "fast"])):
        document, _ = browse(page.replace("</body>", f"<script>{click * clicks}</script></body>"))
        assert re.findall(r"<tr><td>(slow|fast|middle)</td>", document) == expected
