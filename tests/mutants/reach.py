"""Mutants of the checks SEC001 to SEC005 and TRD001, and honest components that reach for what they declare."""

from mutants.company import INFO, at_first, busily, inside
from mutants.mutant import COUNT, EXECUTION, Mutant, at_top

CONFIG = '''import attrs


@attrs.frozen
class Config:
    """Settings.

    Attributes:
        api_key: of the data provider.
    """

    api_key: str = {field}


class Engine:'''
CONFIGURED = "        self.errors = 0\n        self.config = config or Config()\n"
CLASS = '    """Compute three figures."""\n\n'
NEEDS_ATTRS = ("Requires-Python: >=3.11", "Requires-Dist: attrs>=24.2")
CONNECT = (
    "try:",
    "    with socket.socket() as link:",
    "        link.settimeout(0.1)",
    '        link.connect(("127.0.0.1", 9))',
    "except OSError:",
    "    pass",
)


REASON = '        reason = "" if n > 1 else "fewer than two returns"\n'


def knowing(module, *lines):
    """Edits with which an answer depends on what ``lines`` leave in ``known``."""
    text = "".join(f"        {line}\n" for line in lines)
    last = '        reason = "" if n > 1 else "fewer than two returns" if known else "none"\n'
    return (*at_top(f"import {module}"), (REASON, text + last))


def configured(field, *edits):
    """Edits that give the component a Config with an API key."""
    return (
        ("class Engine:", CONFIG.format(field=field)),
        (CLASS, f"{CLASS}    Config = Config\n\n"),
        ("        self.errors = 0\n", CONFIGURED),
        *edits,
    )


MUTANTS = (
    Mutant(
        "TRD001",
        "connects-at-construction",
        edits=(("import attrs\n", "import socket\n\nimport attrs\n"), at_first(*CONNECT)),
        **EXECUTION,
    ),
    Mutant(
        "TRD001",
        "declares-and-connects",
        edits=(
            ("import attrs\n", "import socket\n\nimport attrs\n"),
            (INFO, f'{INFO}\n            capabilities=("network",),'),
            at_first(*CONNECT),
        ),
        **EXECUTION,
    ),
    Mutant("SEC001", "calls-home", edits=(*at_top("import socket"), busily(*CONNECT))),
    Mutant(
        "SEC001",
        "asks-for-a-name",
        edits=(
            *at_top("import socket"),
            busily("try:", '    socket.getaddrinfo("localhost", 80)', "except OSError:", "    pass"),
        ),
    ),
    Mutant(
        "SEC002",
        "starts-a-program",
        edits=(
            *at_top("import subprocess"),
            busily("try:", '    subprocess.run(["true"])', "except OSError:", "    pass"),
        ),
    ),
    Mutant(
        "SEC003",
        "tells-it-in-repr",
        metadata=NEEDS_ATTRS,
        edits=configured(
            '""',
            (COUNT, COUNT + "        self.seen = True\n"),
            (
                "    @hookimpl\n    def get_component_info",
                '    def __repr__(self):\n        return f"Engine({self.config})"\n\n    @hookimpl\n    def get_component_info',
            ),
        ),
    ),
    Mutant(
        "SEC003",
        "logs-the-environment",
        edits=(
            *at_top("import logging\nimport os"),
            inside("logging.getLogger(__name__).debug('environment %s', dict(os.environ))"),
        ),
    ),
    Mutant(
        "SEC003",
        "tells-it-in-an-error",
        metadata=NEEDS_ATTRS,
        edits=configured(
            '""',
            (
                'f"a return is finite and above -1, got {value}"',
                'f"a return is finite and above -1, got {value} with {self.config}"',
            ),
        ),
    ),
    Mutant(
        "SEC005",
        "takes-over-json",
        edits=(*at_top("import json"), ("class Engine:", "json.loads = lambda text: {}\n\n\nclass Engine:")),
    ),
    Mutant(
        "SEC005",
        "takes-over-a-method",
        edits=(*at_top("import pathlib"), inside("pathlib.Path.exists = lambda self: True")),
    ),
    Mutant(
        "SEC005",
        "takes-the-place-of-what-is-inherited",
        edits=(*at_top("import json"), inside("json.JSONEncoder.__repr__ = lambda self: ''")),
    ),
    Mutant(
        "SEC005",
        "takes-over-the-marker",
        edits=(*at_top("import allause.hookspecs as contract"), inside("contract.hookimpl = None")),
    ),
    Mutant(
        "SEC005",
        "takes-over-all-markers",
        edits=(inside("type(hookimpl).__call__ = lambda self, function: function"),),
    ),
    Mutant(
        "SEC005",
        "takes-over-a-record",
        edits=(*at_top("import allause.models as models"), inside("models.Trial = 5")),
    ),
    Mutant(
        "SEC005",
        "takes-over-a-method-of-what-it-has-loaded",
        edits=(*at_top("import tabnanny"), inside("tabnanny.NannyNag.get_lineno = lambda self: 0")),
    ),
    Mutant(
        "SEC005",
        "takes-over-a-function-of-what-it-has-loaded",
        edits=(
            *at_top("import functools\nimport tabnanny"),
            inside("tabnanny.check = functools.wraps(tabnanny.check)(lambda file: None)"),
        ),
    ),
    Mutant(
        "SEC005",
        "rewrites-a-function-in-its-place",
        edits=(*at_top("import json"), inside("json.loads.__code__ = (lambda text, **_: {}).__code__")),
    ),
    Mutant(
        "SEC005",
        "rewrites-a-method-in-its-place",
        edits=(*at_top("import json"), inside("json.JSONEncoder.__init__.__kwdefaults__ = dict(skipkeys=True)")),
    ),
    Mutant(
        "SEC005",
        "changes-defaults-in-their-place",
        edits=(*at_top("import json"), inside("json.loads.__kwdefaults__.update(parse_float=str)")),
    ),
    Mutant(
        "SEC005",
        "adds-to-defaults",
        edits=(*at_top("import json"), inside('json.JSONEncoder.__init__.__kwdefaults__["indentation"] = 4')),
    ),
    Mutant(
        "SEC005",
        "changes-the-encoder-of-all",
        edits=(*at_top("import json"), inside("json._default_encoder.ensure_ascii = False")),
    ),
    Mutant(
        "SEC005",
        "changes-a-table",
        edits=(*at_top("import json.decoder as inner"), inside('vars(inner)["BACKSLASH"]["n"] = "N"')),
    ),
    Mutant("SEC005", "takes-from-a-table", edits=(*at_top("import errno"), inside("errno.errorcode.pop(2, None)"))),
    Mutant(
        "SEC005",
        "renames-a-level",
        edits=(*at_top("import logging"), inside('logging.addLevelName(logging.DEBUG, "NOISE")')),
    ),
    Mutant("SEC005", "adds-to-builtins", edits=(*at_top("import builtins"), inside("builtins.trade = print"))),
    Mutant(
        "SEC005",
        "makes-a-module-another-kind",
        edits=(
            *at_top("import json\nimport types"),
            inside('json.__class__ = type("Other", (types.ModuleType,), {})'),
        ),
    ),
    Mutant(
        "SEC006",
        "looks-for-its-caller",
        edits=knowing("sys", 'known = any("lation" in name for name in tuple(sys.modules))'),
    ),
    Mutant(
        "SEC006",
        "looks-down-the-stack",
        edits=knowing(
            "sys",
            "frame, below = sys._getframe(), []",
            "while frame is not None:",
            "    below.append(frame.f_code.co_filename)",
            "    frame = frame.f_back",
            'known = any(name.endswith("worker.py") for name in below)',
        ),
    ),
    Mutant(
        "SEC006",
        "reads-its-command-line",
        edits=knowing("pathlib", 'known = b"lation" in pathlib.Path("/proc/self/cmdline").read_bytes()'),
    ),
    Mutant(
        "SEC006",
        "reads-the-command-line-that-python-keeps",
        edits=knowing("sys", 'known = "lation" in str(sys.orig_argv)'),
    ),
    Mutant(
        "SEC006",
        "asks-by-another-name-how-python-was-started",
        edits=knowing("sys", 'known = getattr(getattr(sys, "fl" + "ags"), "no_" + "site")'),
    ),
    Mutant(
        "SEC006",
        "misses-what-an-ordinary-interpreter-has",
        edits=knowing("builtins", 'known = not hasattr(builtins, "quit")'),
    ),
    Mutant(
        "SEC006",
        "looks-at-its-descriptors",
        edits=knowing(
            "os", 'known = os.path.exists("/proc/self/fd/3") and os.readlink("/proc/self/fd/3")[:6] == "socket"'
        ),
    ),
)

LOOK_ALIKES = (
    Mutant(
        "",
        "declares-its-network",
        edits=(*at_top("import socket"), (INFO, f'{INFO}\n            capabilities=("network",),'), busily(*CONNECT)),
    ),
    Mutant(
        "",
        "rewrites-its-own",
        edits=(
            *at_top("import contextlib\nimport sys\nimport types\nfrom collections import namedtuple"),
            (
                "class Engine:",
                "@contextlib.contextmanager\ndef _quiet(depth=0):\n    yield depth\n\n\n"
                "_quiet.__defaults__ = (1,)\n_quiet.__wrapped__.__code__ = _quiet.__wrapped__.__code__.replace()\n"
                '_Pair = namedtuple("_Pair", ["left", "right"], defaults=[1])\n'
                'sys.modules[__name__].__class__ = type("Own", (types.ModuleType,), {})\n\n\nclass Engine:',
            ),
        ),
    ),
    Mutant(
        "",
        "registers-where-one-registers",
        edits=(
            *at_top(
                "import atexit\nimport codecs\nimport copyreg\nimport logging\nimport mimetypes\nimport sqlite3\n"
                "from collections.abc import Mapping\nfrom decimal import Decimal\nfrom json import dumps"
            ),
            (
                "class Engine:",
                'class Own:\n    """Hold something."""\n\n\nMapping.register(Own)\n'
                "copyreg.pickle(Own, lambda own: (Own, ()))\nsqlite3.register_adapter(Decimal, str)\n"
                'logging.addLevelName(5, "TRACE")\ncodecs.register(lambda name: None)\n'
                'mimetypes.add_type("text/trades", ".trades")\natexit.register(Own)\n\n\nclass Engine:',
            ),
            inside("dumps({1: [None]}, indent=1, default=str)"),
        ),
    ),
    Mutant(
        "",
        "changes-a-table-of-its-own",
        edits=(
            *at_top("from json.decoder import BACKSLASH"),
            ("class Engine:", "OWN = dict(BACKSLASH)\n\n\nclass Engine:"),
            inside('OWN["n"] = "N"', "OWN.pop('t', None)"),
        ),
    ),
    Mutant(
        "",
        "sockets-of-its-own",
        edits=(*at_top("import socket"), inside("left, right = socket.socketpair()", "left.close()", "right.close()")),
    ),
    Mutant(
        "",
        "keeps-its-secret",
        metadata=NEEDS_ATTRS,
        edits=configured(
            'attrs.field(default="", repr=False)',
            (
                "    @hookimpl\n    def get_component_info",
                '    def __repr__(self):\n        return f"Engine({self.config})"\n\n    @hookimpl\n    def get_component_info',
            ),
        ),
    ),
    Mutant(
        "",
        "asks-what-it-uses-and-how-it-was-optimized",
        edits=(
            *at_top("import pathlib\nimport sys"),
            inside(
                'pathlib.Path("/proc/self/status").read_text().partition("VmRSS:")', "self.careful = sys.flags.optimize"
            ),
        ),
    ),
    Mutant(
        "",
        "has-a-sibling-that-imports-from-it",
        edits=(*at_top("import mutant_sibling"), inside("mutant_sibling.later()")),
        files=(
            (
                "mutant_sibling/__init__.py",
                '"""Sibling."""\n\nfrom mutant_sibling.part import later\n\n__all__ = ["later"]\n',
            ),
            (
                "mutant_sibling/part.py",
                '"""Part."""\n\n\ndef later() -> None:\n    """Import."""\n    import mutant_analytics as whole\n    from mutant_analytics import Engine\n\n    globals().update(Engine=Engine, whole=whole)\n',
            ),
            ("mutant_sibling/py.typed", ""),
        ),
    ),
    Mutant(
        "",
        "subclasses-an-encoder",
        edits=(
            *at_top("import json"),
            (
                "class Engine:",
                'class Encoder(json.JSONEncoder):\n    """Write numbers."""\n\n    def default(self, o):\n        """Write any other object as text."""\n        return str(o)\n\n\nclass Engine:',
            ),
        ),
    ),
)
