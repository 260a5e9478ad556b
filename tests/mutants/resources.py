"""Mutants of the checks RES."""

from mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "RES006",
        "thread-never-ends",
        edits=(
            (
                "        self.operations = 0\n",
                "        self.operations = 0\n        import threading, time\n        threading.Thread(target=lambda: time.sleep(3600), name='poller').start()\n",
            ),
        ),
    ),
)
