"""Be the command line once for each line read: a fork of this process, which has imported what every command needs.

What a fork is given and what it answers are one JSON object a line; it differs from a process started anew in nothing
but that the imports are done. Components are not among them, since they start threads.
"""

import json
import os
import sys
from importlib import import_module

from allause.__main__ import main

WANTED = ("cli.application", "cli.examining", "cli.progress", "configuration", "installation", "running", "validation")


def become(asked):
    """Take on the folder, the environment, the search path, the streams and the words of the one asked for."""
    os.chdir(asked["here"])
    added = asked["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = [asked["here"], *(folder for folder in added if folder and folder not in sys.path)]
    os.environ.clear()
    os.environ.update(asked["environment"])
    for number, name in enumerate((os.devnull, asked["stdout"], asked["stderr"])):
        opened = os.open(name, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv[1:] = asked["words"]


for name in WANTED:
    import_module(f"allause.{name}")
while line := sys.stdin.readline():
    child = os.fork()
    if child == 0:
        become(json.loads(line))
        main()
        sys.exit()
    sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
    sys.stdout.flush()
