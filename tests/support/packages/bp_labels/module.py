"""Everything that the test's module `labels` adds."""

from boxportal.sdk.module import Module
from bp_labels import models as _models  # noqa: F401 completes the metadata

MODULE = Module(id="labels")
