"""What a module that is being prepared still needs, as it says itself, and what the kernel knows of it."""

from collections.abc import Sequence

from boxportal.kernel.runtime import Snapshot
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.logs import get_logger
from boxportal.sdk.module import Lack

log = get_logger()


def lacking_in(ctx: ReadCtx, snapshot: Snapshot, module_id: str) -> Sequence[Lack]:
    """What is missing before a module is of use to all, the module's own first; nothing of one that does not work."""
    module = snapshot.modules.get(module_id)
    if module is None:
        return ()
    found: list[Lack] = []
    if module.lacking is not None:
        try:
            found += module.lacking(ctx)
        except Exception:  # a module's own mistake: the page on which it is switched off must not fail for it
            log.exception("module failed to say what it lacks", module=module_id)
            found.append(Lack(_l("It can't say what is missing. The server's log says why."), ""))
    if module.public is not None and not ctx.company.door:
        found.append(Lack(_l("Clients can't get in from outside yet: the public door is not tested."), "/admin/door"))
    return found


def to_json(lacks: Sequence[Lack]) -> list[dict[str, str]]:
    return [{"text": str(lack.text), "url": lack.url} for lack in lacks]
