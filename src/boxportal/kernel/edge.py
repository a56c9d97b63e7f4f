"""The edge: opens a request's session, finds who acts, keeps forgeries out, commits before the answer leaves."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TypeVar

from anyio import CancelScope
from fastapi import Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from typing_extensions import override

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import reading, writing
from boxportal.kernel.forgery import csrf_token, require_csrf, require_same_site
from boxportal.kernel.identity.sessions import SignedIn, by_cookie, by_token
from boxportal.kernel.once import Once, Twins, claim, finish, once_of
from boxportal.kernel.request import API, Visit, digest_of, visit_of
from boxportal.kernel.services import Renderer, Services
from boxportal.kernel.web.rates import Rates
from boxportal.sdk.access import Actor
from boxportal.sdk.context import Ctx, Origin, ReadCtx
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.errors import NotFound, ProofNeeded, SignInNeeded
from boxportal.sdk.i18n import best_language, use_locale
from boxportal.sdk.ipaddr import network_of
from boxportal.sdk.web import Door, is_fresh

T = TypeVar("T")
OUTSIDER = Actor(kind="public", id=None, name="")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110, 9.2.1


@dataclass(frozen=True, slots=True)
class InThreads(AbstractAsyncContextManager[T]):
    """What blocks as it begins and as it ends, in a thread each time; it ends also when the request is cancelled."""

    inner: AbstractContextManager[T]

    @override
    async def __aenter__(self) -> T:
        return await run_in_threadpool(self.inner.__enter__)

    @override
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with CancelScope(shield=True):
            await run_in_threadpool(self.inner.__exit__, kind, error, trace)


class AppEdge:
    """The edge of the running application; a route reaches it through `boxportal.sdk.web`."""

    def __init__(self, renderer: Renderer, rates: Rates) -> None:
        self._renderer = renderer
        self.rates = rates
        self._twins = Twins()
        self.seen: dict[str, dict[int, datetime]] = {}
        self.used: dict[str, dict[int, datetime]] = {}

    async def read(self, request: Request, door: Door, work: Callable[[ReadCtx], T]) -> T:
        """Do a route's reading in one thread, from finding who acts to closing the session; it passes no gate.

        Raises: as `reading`, and what the work raises.
        """
        visit = visit_of(request)
        if request.method not in SAFE_METHODS:
            await refuse_forgery(request, visit, door)
        return await run_in_threadpool(self._read, visit, door, work)

    async def write(self, request: Request, door: Door, work: Callable[[Ctx], T]) -> T:
        """Do a route's writing in one thread, from the beginning of its transaction to the commit.

        Raises: as `writing`, and what the work raises.
        """
        visit = visit_of(request)
        signed_in, once = await self._before_writing(request, visit, door)
        async with self._twins.alone(twins_of(visit, once)):
            ctx, done = await visit.company.writers.do(partial(self._write, visit, signed_in, once, work))
        acted(ctx)
        return done

    async def admit(self, request: Request, door: Door, *, writes: bool) -> None:
        """Only look whether somebody may pass a door. A request that can't be read is refused for that first.

        Raises: SignInNeeded, NotFound, NotPermitted (a forgery), ProofNeeded.
        """
        visit = visit_of(request)
        if writes or request.method not in SAFE_METHODS:
            await refuse_forgery(request, visit, door)
        require_proof(await run_in_threadpool(self._identify, visit, door), visit, door)

    @asynccontextmanager
    async def reading(self, request: Request, door: Door) -> AsyncIterator[ReadCtx]:
        """A read transaction for a route, with whoever acts already found and let through the door.

        A request that means to write is looked at for forgery here too: what it reads first may be costly.

        Raises: SignInNeeded, NotFound (a forbidden page is as a missing one), NotPermitted (a forgery), Busy,
            ProofNeeded.
        """
        visit = visit_of(request)
        if request.method not in SAFE_METHODS:
            await refuse_forgery(request, visit, door)
        async with visit.company.readers.passing():
            session, ctx = await run_in_threadpool(self._open_reading, visit, door)
            try:
                with use_locale(language_of(ctx, visit)):
                    yield ctx
            finally:
                await close(session, visit.company)

    @asynccontextmanager
    async def writing(self, request: Request, door: Door) -> AsyncIterator[Ctx]:
        """A write transaction for a route. Forgeries are refused and the actor is found before the gate is taken.

        Raises: SignInNeeded, NotFound, NotPermitted (a forgery), Busy, Repeated, ProofNeeded.
        """
        visit = visit_of(request)
        signed_in, once = await self._before_writing(request, visit, door)
        transaction = self._transaction(visit, signed_in, once, writing(visit.company.engines))
        async with self._turn(visit, once), InThreads(transaction) as ctx:
            with use_locale(language_of(ctx, visit)):
                yield ctx
        acted(ctx)

    async def _before_writing(self, request: Request, visit: Visit, door: Door) -> tuple[SignedIn, Once | None]:
        """Refuse forgeries, find who acts and their one-time token: all before the gate.

        Raises: SignInNeeded, NotFound, NotPermitted, ProofNeeded.
        """
        if not visit.bearer and not door.anywhere:
            require_same_site(request)
        signed_in = await run_in_threadpool(self._identify, visit, door)
        if visit.cookie and not visit.bearer and not door.public:
            await require_csrf(request, visit.company.key, visit.cookie)
        require_proof(signed_in, visit, door)
        return signed_in, await once_of(request, f"{signed_in.actor.kind}:{signed_in.actor.id}")

    def _read(self, visit: Visit, door: Door, work: Callable[[ReadCtx], T]) -> T:
        session, ctx = self._open_reading(visit, door)
        try:
            with use_locale(language_of(ctx, visit)):
                return work(ctx)
        finally:
            session.close()

    def _write(
        self, visit: Visit, signed_in: SignedIn, once: Once | None, work: Callable[[Ctx], T], session: Session
    ) -> tuple[Ctx, T]:
        with self._transaction(visit, signed_in, once, session) as ctx, use_locale(language_of(ctx, visit)):
            done = work(ctx)
        return ctx, done

    @contextmanager
    def _transaction(self, visit: Visit, signed_in: SignedIn, once: Once | None, session: Session) -> Iterator[Ctx]:
        """A write transaction from its beginning, with the request's one-time token used up in it, to the commit.

        Raises: as `claim`.
        """
        with session:
            try:
                ctx = self._write_ctx(visit, signed_in, session)
                session.begin()
                session.connection()
                if once:
                    claim(ctx, once)
                yield ctx
                finish(session, ctx, once)
            except BaseException:
                session.rollback()  # closing alone would leave a commit that failed open in SQLite
                raise

    @asynccontextmanager
    async def _turn(self, visit: Visit, once: Once | None) -> AsyncIterator[None]:
        """Wait for twins of the request first, then for the writers' gate: twins take no place in it."""
        async with self._twins.alone(twins_of(visit, once)), visit.company.gate.passing():
            yield

    def _open_reading(self, visit: Visit, door: Door) -> tuple[Session, ReadCtx]:
        session = reading(visit.company.engines)
        try:
            db = ReadSession(session)
            signed_in = self._admit(db, visit, door)
            require_proof(signed_in, visit, door)
            return session, ReadCtx(
                company=visit.snapshot.info,
                actor=signed_in.actor,
                now=visit.now,
                services=Services(visit.company, visit.snapshot, self._renderer),
                db=db,
                origin=origin_of(visit, signed_in),
            )
        except BaseException:
            session.close()
            raise

    def _identify(self, visit: Visit, door: Door) -> SignedIn:
        with reading(visit.company.engines) as session:
            return self._admit(ReadSession(session), visit, door)

    def _admit(self, db: ReadSession, visit: Visit, door: Door) -> SignedIn:
        signed_in = None if door.anywhere else self._who(db, visit, door)
        if signed_in is None:
            if not door.public:
                raise SignInNeeded
            return SignedIn(OUTSIDER, None)
        if door.public:
            return signed_in
        actor = signed_in.actor
        if (door.admin and not actor.is_admin) or (door.box and not visit.company.is_first):
            raise NotFound
        if door.permission is not None and not actor.can(door.permission):
            raise NotFound
        if not self._may_enter(visit, actor):
            raise NotFound
        return signed_in

    def _who(self, db: ReadSession, visit: Visit, door: Door) -> SignedIn | None:
        known = self._find(db, visit, door)
        if known:
            known = replace(known, actor=visit.snapshot.narrowed(known.actor))
        if known and visit.path.startswith(API) and self.rates.quota:
            self._own_count(visit)
        return known

    def _own_count(self, visit: Visit) -> None:
        """Count the requests of a credential that lets somebody in by itself, and no longer with its address."""
        caller = (visit.company.name, digest_of(visit.bearer or visit.cookie))
        if caller not in self.rates:
            self.rates.take(caller, time.monotonic())
            self.rates.give_back((visit.company.name, network_of(visit.address)))

    def _find(self, db: ReadSession, visit: Visit, door: Door) -> SignedIn | None:
        permissions = visit.snapshot.permissions
        if visit.bearer:
            known = by_token(db, visit.bearer, visit.now, permissions, visit.address)
            if known and known.token_id is not None:
                self.used.setdefault(visit.company.name, {})[known.token_id] = visit.now
            return known
        if not visit.cookie:
            return None
        signed_in = by_cookie(db, visit.cookie, visit.now, permissions, visit.address, stages=door.stages)
        if signed_in and signed_in.session_id is not None:
            self.seen.setdefault(visit.company.name, {})[signed_in.session_id] = visit.now
        return signed_in

    def _may_enter(self, visit: Visit, actor: Actor) -> bool:
        parts = visit.path.split("/", 4)
        module = parts[3] if visit.path.startswith("/api/v1/") else parts[1]
        allowed = visit.snapshot.preparing.get(module)
        return allowed is None or actor.is_admin or str(actor.id) in allowed

    def _write_ctx(self, visit: Visit, signed_in: SignedIn, session: Session) -> Ctx:
        return Ctx(
            company=visit.snapshot.info,
            actor=signed_in.actor,
            now=visit.now,
            services=Services(visit.company, visit.snapshot, self._renderer),
            db=WriteSession(session),
            origin=origin_of(visit, signed_in),
        )


async def refuse_forgery(request: Request, visit: Visit, door: Door) -> None:
    """Raises: NotPermitted."""
    if not visit.bearer and not door.anywhere:
        require_same_site(request)
    if visit.cookie and not visit.bearer and not door.public:
        await require_csrf(request, visit.company.key, visit.cookie)


def require_proof(signed_in: SignedIn, visit: Visit, door: Door) -> None:
    """Raises: ProofNeeded at a door for dangerous acts, when the last proof of who acts is too old."""
    if door.fresh and not is_fresh(signed_in.proved_at, visit.now):
        raise ProofNeeded


def origin_of(visit: Visit, signed_in: SignedIn) -> Origin:
    return Origin(
        address=visit.address,
        agent=visit.agent,
        base_url=visit.base_url,
        path=visit.path,
        query=visit.query,
        session_id=signed_in.session_id,
        csrf=csrf_token(visit.company.key, visit.cookie) if visit.cookie else "",
        is_htmx=visit.is_htmx,
        takes_gzip=visit.takes_gzip,
        is_outside=visit.is_outside,
        is_straight=visit.is_straight,
        proved_at=signed_in.proved_at,
        stage=signed_in.stage,
        device=visit.device,
    )


def language_of(ctx: ReadCtx, visit: Visit) -> str:
    """A person's own language; for outsiders what their browser asks for, else the company's."""
    if ctx.actor.kind in ("person", "token"):
        return ctx.actor.language
    return best_language(visit.language, ctx.company.language)


def acted(ctx: Ctx) -> None:
    """After a commit: what the transaction asked to be done then."""
    if not ctx.failed:
        for act in ctx.after_commit:
            act()


async def close(session: Session, company: Company) -> None:
    """End a read transaction. On SQLite that touches no disk and no network: a hop into a thread would cost more."""
    if company.engines.is_sqlite:
        session.close()
    else:
        await run_in_threadpool(session.close)


def twins_of(visit: Visit, once: Once | None) -> str:
    """What a request shares with its twins; empty where it carries no one-time token."""
    return f"{visit.company.name}:{once.key}" if once else ""
