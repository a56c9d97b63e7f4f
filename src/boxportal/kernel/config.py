"""The box's own configuration: `boxportal.toml` in the settings folder; flag beats environment beats file."""

import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boxportal.sdk.errors import RuleBroken


class BoxSection(BaseModel):
    """Where the box listens, what people type, and on what database new companies are made.

    `data` stands in the file of an installed box, whose settings lie apart from its data.
    """

    model_config = ConfigDict(extra="forbid")
    listen: str = "127.0.0.1:8080"
    names: Annotated[list[str], Field(min_length=1)] = ["127.0.0.1:8080"]
    data: str = ""
    database: str = "sqlite"
    threads: Annotated[int, Field(ge=1, le=64)] = 6
    trusted_proxies: list[str] = []
    api_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 600


class TlsSection(BaseModel):
    """How the connection is encrypted."""

    model_config = ConfigDict(extra="forbid")
    mode: str = "off"


class BoxConfig(BaseModel):
    """The whole file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid")
    box: BoxSection = BoxSection()
    tls: TlsSection = TlsSection()


FILE = "boxportal.toml"
INSTALLED = Path("/etc/boxportal")
VARIABLE = "BOXPORTAL_SETTINGS"


def installed_data() -> Path | None:
    """The data folder of the box that is installed on this machine."""
    try:
        named = tomllib.loads((INSTALLED / FILE).read_text("utf-8"))["box"]["data"]
    except (OSError, tomllib.TOMLDecodeError, LookupError, TypeError):
        return None
    return Path(named) if isinstance(named, str) and named else None


def settings_folder(data: Path) -> Path:
    """Where the box's settings and keys lie: in the data folder, or apart from it in an installed box."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    return INSTALLED if not (data / FILE).exists() and installed_data() == data else data


def load_config(data: Path) -> BoxConfig:
    """Read the box's configuration; without a file the defaults hold.

    Raises: RuleBroken that names the file and each wrong key.
    """
    path = settings_folder(data) / FILE
    if not path.exists():
        return BoxConfig()
    try:
        return BoxConfig.model_validate(tomllib.loads(path.read_text("utf-8")))
    except tomllib.TOMLDecodeError as error:
        msg = f"{path} is not valid TOML: {error}"
        raise RuleBroken(msg) from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        msg = f"{path}: {wrong}"
        raise RuleBroken(msg) from error
