"""What runs beside the requests, for each company: the watch for toggles, the outbox, sessions' last-seen times."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial

from sqlalchemy import delete, update
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.audit.read_lines import write_readings
from boxportal.kernel.audit.sealer import Sealer, seal_batch
from boxportal.kernel.backup.nightly import Nightly
from boxportal.kernel.certificates.serving import Encryption
from boxportal.kernel.certificates.telling import tell
from boxportal.kernel.companies import Box, Company, open_company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.edge import AppEdge
from boxportal.kernel.identity.models import ApiToken, SignInSession
from boxportal.kernel.identity.sessions import note_seen
from boxportal.kernel.letting_in.listening import Listeners
from boxportal.kernel.module import KERNEL
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.realtime.broker import GONE
from boxportal.kernel.realtime.relay import Relay
from boxportal.kernel.renewal import Renewal
from boxportal.kernel.services import Renderer
from boxportal.kernel.state import read_revision, read_snapshot
from boxportal.kernel.switch.change import has_untouched
from boxportal.kernel.switch.live import process_name, say_dropped, say_moved, stirred_at
from boxportal.kernel.switch.task import Task, in_child
from boxportal.kernel.switch.walk import is_of_the_moment
from boxportal.kernel.tables import FormUse, RateCount, ServingProcess
from boxportal.kernel.talks import write_down
from boxportal.kernel.work.fill import fill_some, prepare_search, unfilled_kinds
from boxportal.kernel.work.outbox import send_outgoing, work_outbox
from boxportal.kernel.work.reconcile import reconcile_some, unreconciled
from boxportal.kernel.work.recurring import due_jobs, run_job
from boxportal.sdk.clock import utcnow
from boxportal.sdk.logs import get_logger

log = get_logger()
TICK = 0.5
GLANCE = 0.1
LEAVE_SECONDS = 2.0
COMPANIES_EVERY = 1.0
CERTIFICATE_EVERY = 1.0
SEAL_EVERY = 1.0
SEEN_EVERY = 60
NIGHTLY_EVERY = 20.0
DROP_EVERY = 30
GUARDS_EVERY = 600
GUARDS_FIRST = 900
GUARDS_AGAIN = timedelta(hours=23)
STOP_SECONDS = 5
RELAY_PAUSE = 1.0
KEEP_FORM_USES = timedelta(hours=48)
KEEP_DONE = timedelta(days=7)
KEEP_RATES = timedelta(days=1)
BOX = ""
"""The name under which the loops of the box itself are kept."""
Turn = Callable[[Company], Awaitable[None]]


class Loops:
    """Runs the loops from the start of the server to its end."""

    def __init__(
        self,
        box: Box,
        edge: AppEdge,
        renderer: Renderer,
        renewal: Renewal | None = None,
        listeners: Listeners | None = None,
        *,
        encryption: Encryption | None = None,
    ) -> None:
        self.box = box
        self.renewal = renewal
        self.listeners = listeners
        self.encryption = encryption
        self.edge = edge
        self.renderer = renderer
        self.process_id = process_name(secrets.token_hex(4))
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}
        self._ends: dict[str, asyncio.Event] = {BOX: asyncio.Event()}
        self._looked: dict[str, tuple[int, float]] = {}
        self._unfilled: dict[str, list[str]] = {}
        self._unreconciled: dict[str, list[str]] = {}
        self._sealers: dict[str, Sealer] = {}
        self._relays: dict[str, Relay] = {}
        self._nightly = Nightly(box.data)
        self._folders = 0
        self._began = time.monotonic()

    async def start(self) -> None:
        """Apply each company's snapshot, then begin to watch."""
        for company in self.box.companies.values():
            await self._begin(company)
        self._tasks[BOX] = [
            asyncio.create_task(self._each(BOX, TICK, self._renew)),
            asyncio.create_task(self._each(BOX, COMPANIES_EVERY, self._follow_companies)),
            asyncio.create_task(self._each(BOX, NIGHTLY_EVERY, self._nightly.look)),
            asyncio.create_task(self._each(BOX, CERTIFICATE_EVERY, self._keep_encrypted)),
        ]

    async def _begin(self, company: Company) -> None:
        """Put a company's snapshot in force and start its loops."""
        company.broker.start(asyncio.get_running_loop())
        await self.refresh(company)
        await self._open_door(company)
        self._ends[company.name] = asyncio.Event()
        turns: tuple[tuple[float, Turn], ...] = (
            (GLANCE, self._watch),
            (TICK, self._work),
            (TICK, self._send),
            (TICK, self._fill),
            (TICK, self._reconcile),
            (SEAL_EVERY, self._seal),
            (SEEN_EVERY, self._tidy),
            (DROP_EVERY, self._drop),
            (GUARDS_EVERY, self._guard),
        )
        self._tasks[company.name] = [
            asyncio.create_task(self._each(company.name, seconds, partial(act, company))) for seconds, act in turns
        ]
        if self.box.config.box.nodes:
            relay = self._relays[company.name] = Relay(company.engines.url, company.broker, self.process_id)
            self._tasks[company.name] += [
                asyncio.create_task(self._each(company.name, 0, relay.hear, after_failing=RELAY_PAUSE)),
                asyncio.create_task(self._each(company.name, 0, relay.say, after_failing=RELAY_PAUSE)),
            ]

    async def _follow_companies(self) -> None:
        """Begin to serve companies that were made since the server started, and let go of removed ones."""
        changed = self.box.changed_at()
        if changed == self._folders:
            return
        self._folders = changed
        for company in self.box.gone():
            await self._let_go(company)
        for company in await run_in_threadpool(self.box.moved):
            await self._go_over(company)
        for company in await run_in_threadpool(self.box.unopened):
            joined = self.box.with_new(company)
            await self._begin(company)
            self.box.companies = joined

    async def _let_go(self, company: Company) -> None:
        """Serve a removed company no more: its requests end, then its loops, its port and its connections."""
        self.box.without(company)
        company.broker.publish_all({"topic": GONE})
        await company.visits.older_ended(company.snapshot.revision + 1, LEAVE_SECONDS)
        await self._end([company.name])
        if self.listeners is not None:
            self.listeners.close_door(company.name)
        for kept in (self._unfilled, self._unreconciled, self._looked, self._sealers, self.edge.seen, self.edge.used):
            kept.pop(company.name, None)
        company.engines.dispose()
        await run_in_threadpool(say_dropped, company.folder, self.process_id)
        log.info("company removed", company=company.name)

    async def _go_over(self, company: Company) -> None:
        """Serve a company from the database that it has moved to; what was begun on the old one comes to its end."""
        moved = await run_in_threadpool(open_company, company.folder)
        await self._end([company.name])
        joined = self.box.with_new(moved)
        await self._begin(moved)
        self.box.companies = joined
        company.broker.publish_all({"topic": GONE})
        await company.visits.older_ended(company.snapshot.revision + 1, LEAVE_SECONDS)
        company.engines.dispose()
        await run_in_threadpool(say_moved, company.folder, self.process_id)
        log.info("company moved", company=company.name, database=moved.engines.url.get_backend_name())

    async def _end(self, names: Iterable[str]) -> None:
        """End loops once their turn is finished; what takes too long is cancelled."""
        names = list(names)
        tasks: list[asyncio.Task[None]] = []
        for name in names:
            self._ends[name].set()
            tasks += self._tasks.pop(name, [])
        late = (await asyncio.wait(tasks, timeout=STOP_SECONDS))[1] if tasks else set()
        for task in late:
            task.cancel()
        for name in names:
            if relay := self._relays.pop(name, None):
                await relay.close()

    async def _renew(self) -> None:
        if self.renewal is not None:
            await self.renewal.look(self.process_id)

    async def _keep_encrypted(self) -> None:
        """Take up a certificate that changed, and have one made that is due; administrators hear what concerns them."""
        company = self.box.first()
        if self.encryption is None or company is None:
            return
        for telling in await self.encryption.look():
            async with company.gate.passing():
                await run_in_threadpool(tell, company, self.renderer, telling)

    async def stop(self) -> None:
        """End the loops once their turn is finished; then note the last-seen times."""
        await self._end(list(self._ends))
        for company in self.box.companies.values():
            for act in (self._write_down, self._tidy, self._leave, self._seal):
                await self._quietly(company.name, partial(act, company))

    async def refresh(self, company: Company) -> None:
        """Build the snapshot that the database asks for, put it in force, and say that this process has.

        It has when no request reads by an older one any more: tables that are no longer used go then.
        """
        snapshot = await run_in_threadpool(read_snapshot, company, KERNEL)
        async with company.gate.passing():
            await run_in_threadpool(prepare_search, company, snapshot)
            company.snapshot = snapshot
        self._unfilled[company.name] = await run_in_threadpool(unfilled_kinds, company, snapshot)
        self._unreconciled[company.name] = await run_in_threadpool(unreconciled, company, snapshot)
        await company.visits.older_ended(snapshot.revision, LEAVE_SECONDS)
        async with company.gate.passing():
            await run_in_threadpool(self._applied, company)
        company.broker.publish_all({"topic": "modules", "revision": company.snapshot.revision})
        log.info(
            "snapshot", company=company.name, revision=company.snapshot.revision, on=list(company.snapshot.modules)
        )

    async def _each(
        self, name: str, seconds: float, act: Callable[[], Awaitable[None]], *, after_failing: float = 0
    ) -> None:
        while not self._ends[name].is_set():
            wait = seconds if await self._quietly(name, act) else max(seconds, after_failing)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._ends[name].wait()

    async def _quietly(self, name: str, act: Callable[[], Awaitable[None]]) -> bool:
        """Do a turn; False when it failed."""
        try:
            await act()
        except asyncio.CancelledError:
            raise
        except Exception:  # a loop must outlive a failing turn; the next turn tries again
            log.exception("loop failed", company=name, loop=getattr(act, "func", act).__name__)
            return False
        return True

    def _is_ending(self, company: Company) -> bool:
        return self._ends[company.name].is_set()

    async def _watch(self, company: Company) -> None:
        """See whether something was switched: twice a second, and at once when the company is stirred."""
        stirred, now = stirred_at(company), time.monotonic()
        before, at = self._looked.get(company.name, (0, 0.0))
        if stirred == before and now - at < TICK:
            return
        self._looked[company.name] = (stirred, now)
        wanted = await run_in_threadpool(current_revision, company)
        if wanted != company.snapshot.revision:
            await self._follow(company, wanted)
        await self._open_door(company)

    async def _follow(self, company: Company, wanted: int) -> None:
        """Put a revision in force; whoever switched hears of a failure that waiting does not mend."""
        try:
            await self.refresh(company)
        except Exception as error:
            if not is_of_the_moment(error):
                company.failed_at = wanted
            raise

    async def _open_door(self, company: Company) -> None:
        if self.listeners is not None:
            await self.listeners.follow(company)

    async def _drop(self, company: Company) -> None:
        """Take away tables of modules that are off and that nobody used; whoever switched them off may have died."""
        if await run_in_threadpool(has_untouched, company):
            report = await in_child(Task(folder=company.folder, what="drop_untouched"))
            log.info("unused tables dropped", company=company.name, modules=report.emptied)

    async def _fill(self, company: Company) -> None:
        """Index what was there before its index, a little at a time, so that others write in between."""
        kinds = self._unfilled.get(company.name, [])
        while kinds and not self._is_ending(company):
            async with company.gate.passing():
                more = await run_in_threadpool(fill_some, company, company.snapshot, self.renderer, kinds[0])
            if not more:
                kinds.pop(0)

    async def _reconcile(self, company: Company) -> None:
        """Let modules that came back on put the rest of their rows right, a little at a time."""
        modules = self._unreconciled.get(company.name, [])
        while modules and not self._is_ending(company):
            async with company.gate.passing():
                more = await run_in_threadpool(reconcile_some, company, company.snapshot, self.renderer, modules[0])
            if not more:
                modules.pop(0)

    async def _work(self, company: Company) -> None:
        for job_id in await run_in_threadpool(due_jobs, company):
            async with company.gate.passing():
                await run_in_threadpool(run_job, company, self.renderer, job_id)
        await work_outbox(company, self.renderer)

    async def _send(self, company: Company) -> None:
        await send_outgoing(company, self.renderer)
        await self._write_down(company)

    async def _write_down(self, company: Company) -> None:
        if len(company.book):
            async with company.gate.passing():
                await run_in_threadpool(write_down, company)
        if len(company.readings):
            async with company.gate.passing():
                await run_in_threadpool(write_readings, company)

    async def _seal(self, company: Company) -> None:
        """Seal the audit log's new lines; nothing new, no writing."""
        sealer = self._sealers.setdefault(company.name, Sealer())
        sealed = 1
        while sealed and (ids := await run_in_threadpool(sealer.ready, company)):
            async with company.gate.passing():
                sealed = await run_in_threadpool(seal_batch, company, ids)
            if self._is_ending(company):
                return

    async def _guard(self, company: Company) -> None:
        """Once a day let a process of its own look at the guards, and not while the server has just begun."""
        if time.monotonic() - self._began < GUARDS_FIRST:
            return
        from boxportal.kernel.protection.child import look_in_child  # noqa: PLC0415 once a day
        from boxportal.kernel.protection.kept import is_due  # noqa: PLC0415 as above

        if await run_in_threadpool(is_due, company, GUARDS_AGAIN):
            await look_in_child(company)

    async def _tidy(self, company: Company) -> None:
        async with company.gate.passing():
            await run_in_threadpool(self._note_seen, company)

    async def _leave(self, company: Company) -> None:
        async with company.gate.passing():
            await run_in_threadpool(self._gone, company)

    def _gone(self, company: Company) -> None:
        with write_session(company.engines) as db:
            db.change(delete(ServingProcess).where(ServingProcess.id == self.process_id))

    def _note_seen(self, company: Company) -> None:
        seen, used = self.edge.seen.pop(company.name, {}), self.edge.used.pop(company.name, {})
        now = utcnow()
        with write_session(company.engines) as db:
            note_seen(db, seen)
            for token_id, at in used.items():
                db.change(update(ApiToken).where(ApiToken.id == token_id).values(used_at=at))
            db.change(delete(SignInSession).where(SignInSession.expires_at < now))
            db.change(delete(SignInSession).where(SignInSession.idle_expires_at < now))
            db.change(delete(FormUse).where(FormUse.created_at < now - KEEP_FORM_USES))
            db.change(delete(OutboxItem).where(OutboxItem.state == "done", OutboxItem.done_at < now - KEEP_DONE))
            db.change(delete(RateCount).where(RateCount.since < now - KEEP_RATES))
            db.change(delete(ServingProcess).where(ServingProcess.seen_at < now - timedelta(minutes=5)))
        self._applied(company)

    def _applied(self, company: Company) -> None:
        with write_session(company.engines) as db:
            row = db.get(ServingProcess, self.process_id)
            if row is None:
                row = ServingProcess(id=self.process_id, wish="")
                db.add(row)
            row.applied, row.seen_at = company.snapshot.revision, utcnow()


def current_revision(company: Company) -> int:
    with read_session(company.engines) as db:
        return read_revision(db)
