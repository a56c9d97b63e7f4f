"""What the kernel does for a context: the implementation behind `ctx.publish`, `ctx.notify` and the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO, TypeVar, cast

from pydantic import BaseModel
from sqlalchemy import Select, false, select

from boxportal.kernel.audit.lines import write_entry
from boxportal.kernel.companies import Company
from boxportal.kernel.files import blobs
from boxportal.kernel.identity import throttle
from boxportal.kernel.jobs import reminders
from boxportal.kernel.lists.kept import kept_of, opened_view
from boxportal.kernel.notify.inbox import deliver
from boxportal.kernel.outbound import letters
from boxportal.kernel.outbound.client import Client
from boxportal.kernel.outbox.put import put
from boxportal.kernel.pictures import store
from boxportal.kernel.records.attached import attach_file
from boxportal.kernel.records.forgetting import forget_record
from boxportal.kernel.records.reminding import follow_deadline
from boxportal.kernel.records.side import side_of
from boxportal.kernel.running import snapshot_of
from boxportal.kernel.runtime import BoundHandler, Snapshot, event_id
from boxportal.kernel.search.index import forget_records, index_records
from boxportal.kernel.settings import save_setting, setting_key, value_of
from boxportal.kernel.talks import AllowedTargets
from boxportal.kernel.web.limits import UPLOAD_BYTES
from boxportal.kernel.worker import run_in_worker
from boxportal.sdk.context import AuditEntry, Ctx, Mail, Notice, ReadCtx, ReminderWish, StoredFile
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.events import Event, RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.list_kept import KeptOfList, OfferedAct
from boxportal.sdk.logs import get_logger
from boxportal.sdk.outbound import Fetch
from boxportal.sdk.people import person
from boxportal.sdk.records import RecordSide

P = TypeVar("P")
log = get_logger()

REPEAT_HANDLER = "core.repeat-handler"
MAILS_AN_HOUR = 200
Renderer = Callable[[ReadCtx, Snapshot, str, Mapping[str, object]], str]


@dataclass(frozen=True, slots=True)
class Services:
    """The kernel's services for one company and one snapshot."""

    company: Company
    snapshot: Snapshot
    renderer: Renderer

    def port(self, ctx: ReadCtx, protocol: type[P]) -> P | None:
        provider = self.snapshot.providers.get(protocol)
        return cast("P", provider(ctx)) if provider else None

    def visible(self, ctx: ReadCtx, kind: str) -> Select[int]:
        record_kind = self.snapshot.kinds.get(kind)
        if record_kind is None:
            return select(person.c.id).where(false())
        identity = record_kind.model.__table__.c.id
        return record_kind.visible(ctx).with_only_columns(identity)

    def module_on(self, module_id: str) -> bool:
        return module_id in self.snapshot.modules

    def setting(self, ctx: ReadCtx, model: type[P]) -> P:
        if not issubclass(model, BaseModel):
            raise TypeError(model)
        return cast("P", model.model_validate(value_of(ctx.db, setting_key(model)) or {}))

    def save_setting(self, ctx: Ctx, value: object) -> None:
        if not isinstance(value, BaseModel):
            raise TypeError(value)
        save_setting(ctx.db, value)

    def render(self, ctx: ReadCtx, template: str, values: Mapping[str, object]) -> str:
        return self.renderer(ctx, self.snapshot, template, values)

    def publish(self, ctx: Ctx, event: Event) -> None:
        ctx.db.flush()
        for handler in self.snapshot.handlers.get(type(event), ()):
            self._run(ctx, handler, event)

    def _run(self, ctx: Ctx, handler: BoundHandler, event: Event) -> None:
        try:
            with ctx.db.savepoint():
                handler.run(ctx, event)
        except Exception:  # a subscriber's failure must not undo the publisher's change: it is tried again
            log.exception("subscriber failed", company=self.company.name, module=handler.module, handler=handler.id)
            payload = {"handler": handler.id, "event": event_id(type(event)), "data": event.to_json()}
            self.enqueue(ctx, REPEAT_HANDLER, payload, None)

    def enqueue(self, ctx: Ctx, topic: str, payload: Mapping[str, object], due: datetime | None) -> None:
        put(ctx.db, topic, payload, now=ctx.now, due=due)

    def audit(self, ctx: Ctx, entry: AuditEntry) -> None:
        write_entry(ctx.db, ctx.actor, entry, at=ctx.now, address=ctx.origin.address)

    def audit_reading(self, ctx: ReadCtx, entry: AuditEntry) -> None:
        self.company.readings.add(ctx.actor, entry, at=ctx.now, address=ctx.origin.address)

    def notify(self, ctx: Ctx, notice: Notice) -> None:
        deliver(ctx, notice, self.company)

    def can_mail(self, ctx: ReadCtx) -> bool:
        return self.setting(ctx, letters.MailSettings).is_set

    def mail(self, ctx: Ctx, mail: Mail) -> None:
        if not self.can_mail(ctx):
            raise RuleBroken(_("No mail server is set, so nothing can be sent by mail."))
        letters.check_mail(mail)
        if ctx.actor.id is not None:
            limit = {f"mail:{ctx.actor.id}": MAILS_AN_HOUR}
            throttle.count_or_refuse(ctx.db, ctx.now, limit, window=throttle.HOUR)
        letter = letters.Letter(mail, by=ctx.actor.id or 0, sender_name=self.snapshot.info.title)
        self.enqueue(ctx, letters.TOPIC, letters.pack(letter, self.company.vault), None)

    def remind(self, ctx: Ctx, wish: ReminderWish) -> None:
        reminders.remind(ctx, wish)

    def forget_reminders(self, ctx: Ctx, ref: RecordRef, topic: str) -> None:
        reminders.forget(ctx, ref, topic)

    def follow_deadline(self, ctx: Ctx, ref: RecordRef) -> None:
        follow_deadline(ctx, ref)

    def side(self, ctx: ReadCtx, ref: RecordRef) -> RecordSide:
        return side_of(ctx, self.snapshot, ref)

    def kept_of_list(self, ctx: ReadCtx, key: str) -> KeptOfList | None:
        kind = self.snapshot.lists.get(key)
        if kind is None or ctx.actor.id is None:
            return None
        rows = self.snapshot.kinds.get(kind.kind)
        edits = kind.edits if ctx.can(f"{kind.kind}.edit") else ""
        acts = tuple(
            OfferedAct(act.id, act.title, act.icon)
            for act in (rows.acts if rows else ())
            if act.offered and ctx.can(act.permission)
        )
        opens, exports = rows.url if rows else "", bool(kind.export) and ctx.can(kind.export)
        kept = kept_of(ctx, key, opened=opened_view(ctx.origin.query))
        return replace(kept, opens=opens, edits=edits, acts=acts, exports=exports)

    def index(self, ctx: Ctx, refs: Sequence[RecordRef]) -> None:
        index_records(ctx, self.snapshot, refs)

    def unindex(self, ctx: Ctx, refs: Sequence[RecordRef]) -> None:
        forget_records(ctx, self.snapshot, refs)

    def fetcher(self, ctx: ReadCtx, purpose: str) -> Fetch:
        company, allowed = self.company, frozenset(self.setting(ctx, AllowedTargets).targets)
        return Client(purpose, company.guarded_ports, allowed, company.book)

    def run_in_worker(self, target: str, payload: bytes, *, seconds: float, memory_mb: int) -> bytes:
        return run_in_worker(target, payload, seconds=seconds, memory_mb=memory_mb)

    def store_file(self, source: BinaryIO) -> StoredFile:
        blob = blobs.store(self.company.files, source, limit=UPLOAD_BYTES)
        return StoredFile(blob.sha256, blob.size)

    def attach(self, ctx: Ctx, ref: RecordRef, name: str, file: StoredFile) -> None:
        attach_file(ctx, ref, name, blobs.Blob(file.sha256, file.size))

    def draw_picture(self, content: bytes, field: str, side: int) -> bytes:
        return store.redrawn(content, field, side)

    def keep_picture(self, png: bytes) -> str:
        return store.address_of(store.keep(self.company, png))

    def picture(self, address: str) -> bytes | None:
        path = store.find(self.company, address.removeprefix(store.ADDRESS))
        return path.read_bytes() if path else None

    def forget(self, ctx: Ctx, ref: RecordRef) -> None:
        forget_record(ctx, ref)

    def address(self, ref: RecordRef) -> str:
        kind = self.snapshot.kinds.get(ref.kind)
        return kind.address(ref.id) if kind else ""


def repeat_handler(ctx: Ctx, payload: Mapping[str, object]) -> None:
    """Run a subscriber again that failed inside its publisher's transaction; gone ones are dropped."""
    snapshot = snapshot_of(ctx)
    handler = snapshot.handler(str(payload["handler"]))
    event_type = snapshot.events.get(str(payload["event"]))
    if handler is not None and event_type is not None:
        handler.run(ctx, event_type.from_json(str(payload["data"])))
