"""The benchmarks themselves run, at the smallest size: every question answers with figures, no answer is an error."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.figures import as_table, at_least, at_most, known
from benchmarks.load import length_of

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = {
    "lists": {"P1"},
    "records": {"P2"},
    "create": {"P3"},
    "board": {"P4"},
    "weight": {"L5", "L6"},
    "start": {"L4"},
    "memory": {"L1", "L2"},
    "switch": {"P8", "R17"},
    "signing": {"R9"},
}


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS)
def test_question_is_answered_with_figures(question: str, tmp_path: Path, assets: Path) -> None:
    assert assets.is_dir()
    command = [sys.executable, "-m", "benchmarks", question, "--json", "--database", "sqlite", "--rows", "200"]
    bounded = ["--toggles", "2", "--rounds", "1", "--seconds", "0.2", "--clients", "2", "--keep", str(tmp_path)]
    done = subprocess.run([*command, *bounded], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout)
    assert {figure["bar"] for figure in answer["figures"]} == QUESTIONS[question]
    assert all(figure["value"] >= 0 for figure in answer["figures"])


def test_a_missed_bar_is_said_and_a_figure_without_a_bar_is_no_pass() -> None:
    table = as_table([at_least("P1", "list", 0.3, 0.4), at_most("P4", "board", 2.0, 2.0), known("P1", "cost", 1.0)])
    assert [line.split()[-1] for line in table.splitlines()[2:]] == ["SHORT", "pass", "-"]


def test_an_answer_without_a_length_is_refused_and_not_taken_for_an_empty_one() -> None:
    assert length_of(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nx: y") == 12
    assert length_of(b"HTTP/1.1 204 No Content\r\nx: y") == 0
    with pytest.raises(ValueError, match="200 OK"):
        length_of(b"HTTP/1.1 200 OK\r\nx: y")
