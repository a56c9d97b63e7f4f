"""The recovery kit: one page of paper with what is needed when this machine is gone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from boxportal.kernel.backup.journal import read_journal
from boxportal.kernel.backup.places import default_folder
from boxportal.kernel.backup.targets.model import Target, read_targets
from boxportal.kernel.companies import THE_BOX
from boxportal.kernel.config import load_config, settings_folder

RECOVERY = "recovery.pub"


@dataclass(frozen=True, slots=True)
class Kit:
    """What stands on the page; the key itself only on the one that is shown when it is made.

    `public` is the recovery key's public part, by which the paper with the key is told from an older one.
    """

    names: tuple[str, ...]
    companies: tuple[str, ...]
    data: Path
    folder: Path
    targets: tuple[Target, ...]
    newest: str
    public: str
    made_at: datetime | None

    @property
    def command(self) -> str:
        """What restores the box on another machine."""
        return f"boxportal backup restore --box {self.newest or 'box-DATE-TIME.bpb'} --key-stdin < key.txt"


def kit_of(data: Path) -> Kit:
    """Gather the kit as things are now.

    Raises: RuleBroken when the settings or the targets can't be read.
    """
    file = settings_folder(data) / RECOVERY
    companies = sorted(path.parent.name for path in (data / "companies").glob("[!.]*/company.toml"))
    return Kit(
        names=tuple(load_config(data).box.names),
        companies=tuple(companies),
        data=data,
        folder=default_folder(data),
        targets=tuple(read_targets(data)),
        newest=read_journal(data).last_proven(THE_BOX),
        public=file.read_text("utf-8").strip() if file.exists() else "",
        made_at=datetime.fromtimestamp(file.stat().st_mtime, UTC) if file.exists() else None,
    )
