"""A machine as the installer may find it."""

from boxportal.cli.installing.facts import Facts

FACTS = Facts(
    system="debian", version="12", title="Debian GNU/Linux 12", machine="x86_64", cores=4, memory=7800, is_root=True,
    python=(3, 11), clock=2_000_000_000, made_at=1_900_000_000, hostname="portal", addresses=("192.168.1.20",),
)  # fmt: skip
