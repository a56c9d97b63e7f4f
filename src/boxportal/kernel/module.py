"""What the kernel itself contributes to every company's snapshot, in the same shape as a module."""

from datetime import timedelta

from boxportal.kernel.jobs.reminders import tell_due
from boxportal.kernel.services import repeat_handler
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.module import Due, Job, MenuItem, Module

KERNEL = Module(
    id="core",
    menu=[
        MenuItem(_l("Home"), "/", "", icon="home", order=0, key="h"),
        MenuItem(_l("Inbox"), "/inbox", "", icon="inbox", order=1, key="i"),
    ],
    jobs=[Job("reminders", tell_due, every=timedelta(seconds=15))],
    due=[Due("core.repeat-handler", repeat_handler)],
)
