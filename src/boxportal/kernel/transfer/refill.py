"""Fills the search of a database whose index tables are new; what a running server would do little by little."""

from pathlib import Path

from boxportal.kernel.companies import open_company
from boxportal.kernel.services import Renderer
from boxportal.kernel.state import read_snapshot
from boxportal.kernel.work.fill import fill_some, prepare_search, unfilled_kinds
from boxportal.sdk.module import Module


def refill_search(folder: Path, kernel: Module, renderer: Renderer) -> None:
    """Index every record of the company, in small transactions between which others write."""
    company = open_company(folder)
    try:
        snapshot = read_snapshot(company, kernel)
        prepare_search(company, snapshot)
        for kind in unfilled_kinds(company, snapshot):
            while fill_some(company, snapshot, renderer, kind):
                pass
    finally:
        company.engines.dispose()
