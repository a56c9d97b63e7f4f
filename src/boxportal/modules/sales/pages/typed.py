"""What a form sent, by field name."""

from typing import Annotated

from fastapi import Depends, Request

from boxportal.sdk.forms import Typed


async def typed_form(request: Request) -> Typed:
    """All values of each field; files are left out."""
    form = await request.form()
    return {name: [v for v in form.getlist(name) if isinstance(v, str)] for name in form}


Sent = Annotated[Typed, Depends(typed_form)]


def part_of(sent: Typed, names: "set[str] | frozenset[str]") -> Typed:
    """The fields of one form, where a page holds two in one; names of rows begin with theirs."""
    return {name: values for name, values in sent.items() if name.partition(".")[0] in names}
