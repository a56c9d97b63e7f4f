"""A module whose pages, API or menu stand where nobody would find them is refused when it is loaded, by a sentence."""

import pytest
from fastapi import APIRouter

from boxportal.kernel.catalog import own_modules
from boxportal.kernel.runtime import load_module, misplaced
from boxportal.sdk.module import MenuItem, Module


def router_with(path: str) -> APIRouter:
    router = APIRouter()
    router.add_api_route(path, lambda: None)
    return router


@pytest.mark.parametrize("entry", own_modules(), ids=lambda entry: entry.id)
def test_modules_of_the_program_are_where_they_are_found(entry: object) -> None:
    module_id = str(getattr(entry, "id"))  # noqa: B009 typed loosely by parametrize
    assert load_module(module_id).id == module_id


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (Module(id="visits", pages=router_with("/visit/list")), "/visit/list of its pages must be under /visits."),
        (Module(id="visits", pages=router_with("/visitsmore")), "/visitsmore of its pages must be under /visits."),
        (Module(id="visits", api=router_with("/visits/rows")), "of its api must be under /api/v1/visits."),
        (Module(id="visits", public=router_with("/guest/x")), "of its public must be under /book."),
        (Module(id="visits", menu=[MenuItem("Visits", "/crm/visits", "")]), "/crm/visits of its menu must be under"),
    ],
)
def test_what_stands_elsewhere_is_named(module: Module, said: str) -> None:
    assert [said in sentence for sentence in misplaced(module, ["book"])] == [True]


def test_what_stands_in_its_place_is_no_complaint() -> None:
    module = Module(
        id="visits", pages=router_with("/visits"), api=router_with("/api/v1/visits/{visit_id}"),
        public=router_with("/book/{slug}"), menu=[MenuItem("Visits", "/visits?mine=1", "")],
    )  # fmt: skip
    assert list(misplaced(module, ["book"])) == []
