"""All of the kernel's tables in one import, so that the metadata is whole before the first query."""

from boxportal.kernel import tables
from boxportal.kernel.audit import models as audit
from boxportal.kernel.identity import models as identity
from boxportal.kernel.identity import step_models as steps
from boxportal.kernel.jobs import models as jobs
from boxportal.kernel.lists import models as lists
from boxportal.kernel.notify import models as notify
from boxportal.kernel.outbound import models as outbound
from boxportal.kernel.outbox import models as outbox
from boxportal.kernel.records import models as records

__all__ = ["audit", "identity", "jobs", "lists", "notify", "outbound", "outbox", "records", "steps", "tables"]
