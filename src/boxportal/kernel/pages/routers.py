"""All of the kernel's own pages."""

from boxportal.kernel.pages import (
    account,
    api_docs,
    arrivals,
    bulk,
    find,
    getting_started,
    home,
    notifications,
    outside,
    picture,
    records,
    reminders,
    sample,
    sign_in,
    views,
)
from boxportal.kernel.pages.admin import audit, company, door, mail, modules, outgoing, people, roles, teams
from boxportal.kernel.pages.admin import help as help_requests

ROUTERS = (
    sign_in.router,
    arrivals.router,
    home.router,
    records.router,
    reminders.router,
    find.router,
    sample.router,
    api_docs.router,
    account.router,
    picture.router,
    getting_started.router,
    notifications.router,
    views.router,
    bulk.router,
    people.router,
    teams.router,
    roles.router,
    company.router,
    modules.router,
    door.router,
    mail.router,
    outside.router,
    outgoing.router,
    help_requests.router,
    audit.router,
)
