"""What the text of a module may hold, told without parsing it: a look that costs a hundredth of a syntax tree.

It may say yes where the syntax says no, for comments and docstrings are text too; never the other way round.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

import attrs

#: Bytes that no word holds become blanks.
_BLANKS = bytes(byte if chr(byte).isalnum() or byte == ord("_") else ord(" ") for byte in range(128)) + b" " * 128
_PRINTED = bytes(range(32, 127)) + b"\t\n"
#: What lets syntax say a word that the text does not, beside letters beyond ASCII, which Python folds, and controls:
#: escapes that make letters and lines that go on; strings side by side, which Python joins; another encoding.
# each begins with a letter of its own, for which the engine looks much faster than for a choice
_JOINED = rb"""(?<=[\w.]["'])(?<!\W[bBfFrRuU]["'])(?:[\s"'rRuUfF]|\#[^\n]*\n)*["'][\w.]"""
_VEILS = tuple(map(re.compile, (rb"\\(?:\n|x[2-7]|[uUN]|[0-7]{2})", rb'"' + _JOINED, rb"'" + _JOINED)))
_ENCODED = re.compile(rb"[^\n]*\n?[^\n]*coding[:=]")
_DEFINED = re.compile(rb"def[ \t]+(\w+)")
_METHOD = re.compile(rb"\n([ \t]+)(?:async[ \t]+)?def[ \t]+(\w+)")
_BODY = re.compile(rb"\n( *)(?:(class)\b|(?:async[ \t]+)?def[ \t]+(\w+))")
_STRING = re.compile(
    rb'''"""(?:[^\\]|\\.)*?"""|\'{3}(?:[^\\]|\\.)*?\'{3}|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|\#[^\n]*''',
    re.DOTALL,
)
#: Where strings may hold strings, or indentation is told by other means than its length.
_NESTED = re.compile(rb'''[fF][rR]?(?:"""|\'{3})|\n *\t''')
_FROM = re.compile(rb"from\b(?<!\wfrom)[ \t]*(\w*)[\w. \t]*?\bimport\b")
_IMPORT = re.compile(rb"import\b(?<!\wimport)([\w., \t]+)")

#: The words of a dotted name.
Phrase = frozenset[bytes]


def phrases(names: Iterable[str]) -> tuple[Phrase, ...]:
    """Return the words of each dotted name."""
    return tuple(frozenset(name.encode().split(b".")) for name in names)


@attrs.frozen(eq=False, repr=False)
class Text:
    """Hold the text of a module.

    Attributes:
        content: as it stands in the file.
    """

    content: bytes

    @cached_property
    def veiled(self) -> bool:
        """Tell whether its syntax may say what cannot be read in the text, so that anything may be in it."""
        content = self.content
        strange = content.translate(None, _PRINTED) or (b"coding" in content and _ENCODED.match(content))
        return bool(strange) or any(veil.search(content) for veil in _VEILS)

    @cached_property
    def words(self) -> frozenset[bytes]:
        """Return every name, keyword and number in it, and the words of its strings and comments."""
        return frozenset(self.content.translate(_BLANKS).split())

    def may_say(self, any_of: Iterable[Phrase]) -> bool:
        """Tell whether it may hold all words of one of these phrases."""
        return self.veiled or any(phrase <= self.words for phrase in any_of)

    def may_define_twice(self) -> bool:
        """Tell whether the body of a class in it may hold two functions of one name: they are indented alike."""
        if self.veiled:
            return True
        if _all_differ(_DEFINED.findall(self.content)) or _all_differ(_METHOD.findall(self.content)):
            return False
        code = b"\n" + _STRING.sub(b"", self.content)
        if b'"' in code or b"'" in code or _NESTED.search(self.content):
            return True
        seen: set[tuple[bytes, bytes]] = set()
        for indent, opens, name in _BODY.findall(code):
            # what is indented further belonged to another class
            seen = {each for each in seen if len(each[0]) <= len(indent)}
            if opens:
                continue
            if (indent, name) in seen:
                return True
            seen.add((indent, name))
        return False

    def may_import(self) -> frozenset[str] | None:
        """Return the top-level names that its imports may name, relative ones left out; None when it cannot be told."""
        if self.veiled:
            return None
        listed = b",".join(_IMPORT.findall(_FROM.sub(b"", self.content))).split(b",")
        names = {each.split(None, 1)[0].partition(b".")[0] for each in listed if each.strip()}
        return frozenset(name.decode() for name in {*names, *_FROM.findall(self.content)} - {b""})


def _all_differ(found: Sequence[object]) -> bool:
    return len(set(found)) == len(found)
