"""An installation under way: what every step works with."""

from dataclasses import dataclass
from pathlib import Path

from boxportal.cli.installing.answers import Answers
from boxportal.cli.installing.journal import Journal
from boxportal.cli.installing.places import Places
from boxportal.cli.installing.system import answer_of, give, missing_folders, run
from boxportal.cli.installing.talk import Talk
from boxportal.kernel.durable import write_whole

FOLDER_MODE, FILE_MODE = 0o750, 0o644


@dataclass(slots=True)
class Work:
    """An installation under way. `key` is the recovery key between its making and its showing."""

    places: Places
    answers: Answers
    journal: Journal
    talk: Talk
    key: str = ""

    def ours(self, *words: str | Path, stdin: str = "") -> dict[str, object]:
        """Run a command of the installed program as the service's user, and read its answer.

        Raises: Refused.
        """
        command = [self.places.boxportal, "--data", self.answers.data, *words, "--json", "--no-input"]
        return answer_of(run(command, stdin=stdin, as_user=True))

    def make_folder(self, path: Path) -> None:
        """Make a folder that belongs to the service; those above it are the system's."""
        self.make_folders(path)
        give(path, FOLDER_MODE)

    def make_folders(self, path: Path) -> None:
        for folder in missing_folders(path):
            self.journal.note_made(str(folder))
            folder.mkdir(mode=0o755)

    def put(self, path: Path, text: str) -> None:
        """Write a file of root's."""
        self.make_folders(path.parent)
        self.journal.note_made(str(path))
        write_whole(path, text, FILE_MODE)
