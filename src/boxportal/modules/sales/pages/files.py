"""A signed contract that comes with a form: stored before the route's own transaction begins."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from boxportal.modules.sales.acceptance import Signed
from boxportal.sdk.errors import Invalid
from boxportal.sdk.forms_web import MAX_FIELDS
from boxportal.sdk.web import Door, edge_of


@dataclass(frozen=True, slots=True)
class SentFile:
    """What came with a form: a file in the store, or what is wrong with it, or neither."""

    signed: Signed | None = None
    error: str = ""

    def require(self) -> Signed | None:
        """Raises: Invalid when what was sent can't be kept."""
        if self.error:
            raise Invalid({"file": self.error})
        return self.signed


@dataclass(frozen=True, slots=True)
class SignedBy:
    """The dependency that stores a form's file, for whoever has the permission.

    One that no transaction refers to is swept away after a day.
    """

    permission: str

    async def __call__(self, request: Request) -> SentFile:
        form = await request.form(max_fields=MAX_FIELDS)
        sent = form.get("file")
        if not isinstance(sent, UploadFile):
            return SentFile()
        try:
            if not sent.filename:
                return SentFile()
            async with edge_of(request).reading(request, Door(self.permission)) as ctx:
                stored = await run_in_threadpool(ctx.services.store_file, sent.file)
            return SentFile(Signed(sent.filename, stored))
        except Invalid as error:
            return SentFile(error=str(error.fields["file"]))
        finally:
            await sent.close()


SignedFile = Annotated[SentFile, Depends(SignedBy("sales.quote.edit"))]
