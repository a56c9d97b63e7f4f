"""The kind of notice that tells of a guard; apart, so that who declares it loads no checks."""

GUARD_KIND = "core.guard"
