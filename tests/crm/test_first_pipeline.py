"""The pipeline that a company begins with."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select
from tests.support.portal import Portal

from boxportal.kernel.database.engines import writing
from boxportal.modules.crm.models.pipelines import Pipeline, Stage
from boxportal.modules.crm.pipelines import set_up


@pytest.mark.modules("crm")
@pytest.mark.parametrize(("language", "title"), [("en", "New"), ("ru", "Новая"), ("sw", "Mpya")])
def test_first_stages_are_in_the_companys_language(portal: Portal, language: str, title: str) -> None:
    with writing(portal.company.engines) as session:
        session.begin()
        ctx = portal.ctx(session)
        ctx = replace(ctx, company=replace(ctx.company, language=language))
        ctx.db.change(delete(Stage))
        ctx.db.change(delete(Pipeline))
        set_up(ctx)
        assert ctx.db.scalar(select(Stage.title).where(Stage.position == 1)) == title
        session.rollback()
