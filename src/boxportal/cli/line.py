"""A command line without commands yet."""

import typer


def new_line() -> typer.Typer:
    """What help says of the whole program, and how it treats errors."""
    return typer.Typer(
        name="boxportal",
        help="A company portal in a box. Global options: --data DIR, --company NAME, --json, --yes, --no-input, "
        "--dry-run, --quiet.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
