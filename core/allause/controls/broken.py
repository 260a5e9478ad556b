"""What is broken in each control. A further one is one row; a test demands that it fails its check and no other."""

import attrs


@attrs.frozen(kw_only=True)
class Broken:
    """Describe one control: the sound source with a few edits.

    Attributes:
        name: says what was done.
        code: the one check that has to fail; empty for the sound one.
        edits: text to replace, once each, and what replaces it.
        target: the class named in the entry point.
    """

    name: str
    code: str = ""
    edits: tuple[tuple[str, str], ...] = ()
    target: str = "Engine"


_FIRST_LINE = "        self.operations = 0\n"
_FIRST_IMPORT = "from importlib.metadata import version\n"

SOUND = Broken(name="sound")
BROKEN: tuple[Broken, ...] = (
    Broken(name="class-misnamed", code="DSC004", target="AnalyticsEngine"),
    Broken(
        name="raises-at-import",
        code="DSC006",
        edits=((_FIRST_IMPORT, f"open('settings-that-are-not-there.toml')\n{_FIRST_IMPORT}"),),
    ),
    Broken(
        name="leaves-at-import",
        code="DSC007",
        edits=((_FIRST_IMPORT, f"import os\n\nos._exit(0)\n{_FIRST_IMPORT}"),),
    ),
    Broken(
        name="method-misspelt",
        code="CON001",
        edits=(("def get_performance_stats", "def get_perfomance_stats"),),
    ),
    Broken(
        name="question-is-async",
        code="ASY001",
        edits=(("def validate_component", "async def validate_component"),),
    ),
    Broken(name="wrong-volatility", code="BEH004", edits=(("/ (n - 1)", "/ n"),)),
    Broken(
        name="self-test-looks-away",
        code="BEH002",
        edits=(("report.figures[0].value == -0.25", "True"),),
    ),
    Broken(name="literal-stats", code="PRF002", edits=(("operations=self.operations,", "operations=1500,"),)),
    Broken(name="version-drift", code="PKG004", edits=(('version("@DISTRIBUTION@")', '"9.9.9"'),)),
    Broken(name="not-a-number", code="TYP004", edits=(("float(self.errors)}", "float('nan')}"),)),
    Broken(
        name="descriptor-forgotten",
        code="RES002",
        edits=((_FIRST_LINE, f"{_FIRST_LINE}        __import__('os').open('/dev/null', 0)\n"),),
    ),
    Broken(name="prints-at-import", code="RES008", edits=((_FIRST_IMPORT, f"print('loading')\n{_FIRST_IMPORT}"),)),
    Broken(
        name="local-time", code="DET003", edits=(("score=0.0", "score=__import__('time').localtime(0).tm_min + 0.0"),)
    ),
    Broken(
        name="names-the-examiner",
        code="SEC006",
        edits=((_FIRST_LINE, f"{_FIRST_LINE}        self.known = 'allause.isolation.worker' in str(config)\n"),),
    ),
    Broken(name="without-a-word", code="DOC001", edits=(('    """Compute three figures."""\n\n', ""),)),
)
