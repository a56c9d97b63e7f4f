"""The box's own configuration: `boxportal.toml` in the data folder; flag beats environment beats file."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boxportal.sdk.errors import RuleBroken


class BoxSection(BaseModel):
    """Where the box listens, what people type, and on what database new companies are made."""

    model_config = ConfigDict(extra="forbid")
    listen: str = "127.0.0.1:8080"
    names: Annotated[list[str], Field(min_length=1)] = ["127.0.0.1:8080"]
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


def load_config(data: Path) -> BoxConfig:
    """Read the data folder's configuration; without a file the defaults hold.

    Raises: RuleBroken that names the file and each wrong key.
    """
    path = data / FILE
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
