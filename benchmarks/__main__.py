"""One command a question: `python -m benchmarks lists`. See docs/benchmarks.md."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping

from benchmarks import board, creating, growth, lists, memory, records, signing, starting, switching, weight
from benchmarks.asked import Asked, add_options, asked_for
from benchmarks.figures import Figure, as_json, as_table

QUESTIONS: Mapping[str, Callable[[Asked], Iterator[Figure]]] = {
    "lists": lists.measure,
    "records": records.measure,
    "create": creating.measure,
    "board": board.measure,
    "switch": switching.measure,
    "growth": growth.measure,
    "memory": memory.measure,
    "signing": signing.measure,
    "start": starting.measure,
    "weight": weight.measure,
}


def main() -> int:
    """Answer one question. The exit code is 0 also where a bar is missed: the table says so."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("question", choices=QUESTIONS)
    add_options(parser)
    options = parser.parse_args()
    figures: list[Figure] = []
    with asked_for(options) as asked:
        for figure in QUESTIONS[options.question](asked):
            figures.append(figure)
            print(f"measured: {figure.what}", file=sys.stderr)
    print(as_json(options.question, figures) if options.json else as_table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
