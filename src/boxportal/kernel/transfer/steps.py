"""How long work tells what it does: the step's name for programs, and a sentence for people."""

from collections.abc import Callable

Step = Callable[[str, str], None]
