"""What a started server must not have imported: libraries that are heavy, and used now and then only."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.portal import Portal

ROOT = Path(__file__).resolve().parents[2]
USED_NOW_AND_THEN = {
    "PIL", "aiosmtpd", "alembic", "argon2", "greenlet", "httpx", "markdown_it", "nh3", "passlib", "psycopg", "pygments",
    "pyotp", "pyrage", "rich", "tomlkit", "typst", "watchfiles", "webauthn", "zstandard", "zxcvbn",
}  # fmt: skip
STARTED = """
import json, sys
sys.argv = ["boxportal", "--data", {data!r}, "serve"]
from boxportal.kernel.memory import load_less
load_less()
import boxportal.cli.main
from pathlib import Path
from fastapi.testclient import TestClient
from boxportal.app import build_app
from boxportal.kernel.companies import Box
with TestClient(build_app(Box.open(Path({data!r}))), base_url="http://portal.test:8080") as client:
    assert client.get("/login").status_code == 200
    names = [name for name, module in sys.modules.items() if module is not None]
print("\\n" + json.dumps(names))
"""


def loaded_by(data: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", STARTED.format(data=str(data))],
        capture_output=True, text=True, timeout=120, check=True, env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    return set(json.loads(done.stdout.splitlines()[-1]))


def heavy_in(loaded: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in loaded} & USED_NOW_AND_THEN


def needed_by(portal: Portal) -> set[str]:
    return {"psycopg"} if portal.backend == "postgres" else set()


def test_started_server_with_all_default_modules_has_no_heavy_library(portal: Portal) -> None:
    loaded = loaded_by(portal.data)
    assert heavy_in(loaded) == needed_by(portal)
    assert "boxportal.cli.backup" not in loaded
    assert "pydantic.v1" not in loaded
    assert ("sqlalchemy.dialects.postgresql" in loaded) is (portal.backend == "postgres")
    assert "boxportal.modules.crm.module" in loaded
    assert not any(name.startswith(("boxportal.modules.crm.api", "boxportal.modules.sales.api")) for name in loaded)
    assert not loaded & {"boxportal.modules.crm.pages.every", "boxportal.modules.sales.pages.everything"}


@pytest.mark.modules
def test_started_server_without_modules_has_none_of_their_code_nor_the_other_database(portal: Portal) -> None:
    loaded = loaded_by(portal.data)
    assert heavy_in(loaded) == needed_by(portal)
    assert {name for name in loaded if name.startswith("boxportal.modules.")} == set()
    assert ("sqlalchemy.dialects.postgresql" in loaded) is (portal.backend == "postgres")


WITHOUT_WORLD = """
from babel import Locale
from babel.dates import format_date
from babel.localedata import load, locale_identifiers
from datetime import date
from boxportal.kernel.memory import forget_world
forget_world()
for name in locale_identifiers():
    load(name)
print(*(format_date(date(2026, 11, 4), "medium", locale=name) for name in ("en", "ru", "sw")), Locale.parse("zh_Hans"))
"""


def test_every_language_can_be_written_after_the_world_is_forgotten() -> None:
    """In a process of its own, for Babel's tables are the process's."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_WORLD], capture_output=True, text=True, timeout=120, check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.split("\n")[0] == "Nov 4, 2026 4 нояб. 2026\u202fг. 4 Nov 2026 zh_Hans"
