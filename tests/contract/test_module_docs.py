"""The page on writing a module names everything that a module can contribute, and its example is whole."""

import dataclasses
import re
from pathlib import Path

from boxportal.sdk.module import Module

PAGE = Path(__file__).resolve().parents[2] / "docs" / "developing" / "module-api.md"


def test_every_contribution_point_has_its_heading() -> None:
    headings = set(re.findall(r"^### (\w+)$", PAGE.read_text("utf-8"), re.MULTILINE))
    assert headings == {field.name for field in dataclasses.fields(Module)} - {"id"}


def test_python_of_the_page_compiles() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        compile(block, str(PAGE), "exec")
