"""Print how large our files and functions are, beside what we aim at. It informs and never fails.

Usage: python .ci/sizes.py
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AIM_FILE = (120, 300, 400)
AIM_FUNCTION = (8, 20, 40)
SHOWN = 5

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Size:
    """A length in lines, and where it is."""

    lines: int
    place: str


def percentile(sizes: Sequence[Size], share: float) -> int:
    """The length that `share` (0 to 1) of the sizes do not exceed."""
    ordered = sorted(size.lines for size in sizes)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(node: Function) -> int:
    """Lines of the body without its docstring; decorators and signature don't make a function long."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 1


def report(title: str, folders: Sequence[str]) -> None:
    files, sizes, annotated = [], [], 0
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not text:
            continue
        place = str(path.relative_to(ROOT))
        files.append(Size(text.count("\n"), place))
        for node in functions(ast.parse(text)):
            sizes.append(Size(length(node), f"{place}:{node.lineno} {node.name}"))
            annotated += node.returns is not None
    if not sizes:
        return
    share = 100 * annotated / len(sizes)
    lines = sum(size.lines for size in files)
    print(f"{title}: {lines} lines in {len(files)} files, {len(sizes)} functions, {share:.1f} % with annotated return")
    row(files, (0.5, 0.9, 1), "lines a file, median/p90/max", AIM_FILE)
    row(sizes, (0.5, 0.9, 0.99), "lines a function, median/p90/p99", AIM_FUNCTION)
    for name, found, limit in (("file", files, AIM_FILE[-1]), ("function", sizes, AIM_FUNCTION[-1])):
        for size in sorted(found, key=lambda size: -size.lines)[:SHOWN]:
            if size.lines > limit:
                print(f"  long {name}: {size.lines:4} {size.place}")


def row(sizes: Sequence[Size], shares: Sequence[float], label: str, aim: Sequence[int]) -> None:
    found = "/".join(str(percentile(sizes, share)) for share in shares)
    print(f"  {label:34} {found:12} aim {'/'.join(map(str, aim))}")


if __name__ == "__main__":
    report("Code", ["src/boxportal"])
    report("Tests", ["tests"])
