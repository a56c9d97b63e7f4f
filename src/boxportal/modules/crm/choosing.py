"""What can be chosen in forms and lists: people, currencies, countries, languages, pipelines, stages; what was."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from babel import Locale
from sqlalchemy import Select, select

from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.pipelines import Pipeline, Stage
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.currencies import CURRENCIES
from boxportal.sdk.forms import Choice
from boxportal.sdk.i18n import LANGUAGE_NAMES, current_locale
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.people import people_to_choose

STAGES = (
    select(Stage.id, Stage.title, Pipeline.title)
    .join(Pipeline, Pipeline.id == Stage.pipeline_id)
    .order_by(Pipeline.position, Pipeline.id, Stage.position)
)


def people(ctx: ReadCtx) -> Sequence[Choice]:
    """Everybody who works here."""
    return people_to_choose(ctx.db)


@lru_cache(maxsize=8)
def countries(locale: str) -> Sequence[Choice]:
    """All countries by their name in a language."""
    names = [(code, name) for code, name in Locale(locale).territories.items() if len(code) == 2 and code.isalpha()]  # noqa: PLR2004 ISO 3166
    return sorted(names, key=lambda pair: str(pair[1]))


def choices(ctx: ReadCtx) -> Mapping[str, Sequence[Choice]]:
    """The choices of all forms of the CRM, by field."""
    own = ctx.company.currency
    languages = [(code, name) for code, name in LANGUAGE_NAMES.items()]
    pipelines = ctx.db.execute(select(Pipeline.id, Pipeline.title).order_by(Pipeline.position, Pipeline.id))
    return {
        "responsible_id": people(ctx),
        "turn": people(ctx),
        "currency": [(code, code) for code in sorted(CURRENCIES, key=lambda code: (code != own, code))],
        "country": [("", _("Not chosen")), *countries(current_locale())],
        "language": [("", _("The company's own")), *languages],
        "pipeline_id": [(row[0], row[1]) for row in pipelines],
    }


def stages(ctx: ReadCtx, among: Select[int, str, str] = STAGES) -> Sequence[Choice]:
    """All stages, pipeline by pipeline; with the pipeline's name where there are several."""
    rows = ctx.db.rows(among)
    several = len({row[2] for row in rows}) > 1
    return [(row[0], f"{row[2]}: {row[1]}" if several else row[1]) for row in rows]


def named(ctx: ReadCtx, model: type[Contact] | type[ClientCompany], chosen: str) -> str:
    """The name of a chosen client, if the actor may see it."""
    if not chosen.isdecimal() or len(chosen) > 18:  # noqa: PLR2004 no id is longer
        return ""
    kind = "crm.contact" if model is Contact else "crm.client_company"
    row = ctx.db.get(model, int(chosen))
    seen = row is not None and ctx.db.scalar(ctx.visible(kind).where(model.id == row.id)) is not None
    return row.name if row is not None and seen else ""
