"""Why an installation does not go on, in words for the person at the terminal.

This and its neighbours but `steps` and `removing` need nothing but Python itself: the questions are asked before the
program's libraries are anywhere.
"""


class Refused(Exception):
    """The installation stops; `lines` says why, one problem a line, and `code` is the exit code of the contract."""

    def __init__(self, code: int, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.code = code
        self.lines = lines


USAGE, CONDITION, NOT_PERMITTED, INTERRUPTED = 2, 3, 4, 130
