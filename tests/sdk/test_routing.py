"""Routes are made when they are first asked for, and gathered under a longer address without being made twice."""

import threading
from typing import Annotated

import pytest
from fastapi import FastAPI, Path
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from boxportal.sdk.routing import Router, WorkRoute


def parts() -> tuple[Router, Router]:
    """A router of things, and one that gathers it."""
    things, whole = Router(prefix="/things", tags=["thing"]), Router(prefix="/api", tags=["portal"])

    @things.get("/{number}")
    def thing_show(number: Annotated[int, Path(ge=1)]) -> Response:
        """Show a thing."""
        return JSONResponse({"number": number})

    @things.post("")
    def thing_make() -> Response:
        return JSONResponse({}, status_code=201)

    whole.gather(things)
    return things, whole


def made(router: Router) -> list[bool]:
    return ["dependant" in vars(route) for route in router.routes]


def test_route_is_made_by_the_first_request_for_it_alone() -> None:
    _things, whole = parts()
    app = FastAPI(openapi_url=None)
    app.router.routes.extend(whole.routes)
    with TestClient(app) as client:
        assert client.get("/api/elsewhere").status_code == 404
        assert made(whole) == [False, False]
        assert client.get("/api/things/7").json() == {"number": 7}
        assert made(whole) == [True, False]
        assert client.get("/api/things/0").status_code == 422
        assert client.put("/api/things/7").status_code == 405
        assert client.post("/api/things").status_code == 201


def test_gathered_route_has_the_whole_address_and_all_tags_and_its_own_stays() -> None:
    things, whole = parts()
    mine, gathered = things.routes[0], whole.routes[0]
    assert isinstance(mine, APIRoute)
    assert isinstance(gathered, APIRoute)
    assert (mine.path, mine.tags) == ("/things/{number}", ["thing"])
    assert (gathered.path, gathered.tags) == ("/api/things/{number}", ["portal", "thing"])
    assert (gathered.name, gathered.methods, gathered.description) == ("thing_show", {"GET"}, "Show a thing.")
    assert gathered.unique_id == "thing_show_api_things__number__get"


def here() -> Response:
    return JSONResponse({})


def test_routers_without_prefix_share_their_routes() -> None:
    part, whole = Router(), Router()
    part.add_api_route("/here", here)
    whole.gather(part)
    assert whole.routes == part.routes


def test_what_is_no_route_of_ours_is_not_gathered() -> None:
    part = Router()
    part.mount("/files", FastAPI())
    with pytest.raises(TypeError):
        Router().gather(part)


def test_many_threads_that_ask_at_once_find_one_made_route() -> None:
    route = parts()[0].routes[0]
    assert isinstance(route, WorkRoute)
    found: list[object] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.append(route.dependant)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in found}) == 1
    assert len(found) == 8


def test_what_a_route_has_not_stays_missing() -> None:
    route = parts()[0].routes[0]
    with pytest.raises(AttributeError):
        route.nothing  # type: ignore[attr-defined]  # noqa: B018 the access is the test
