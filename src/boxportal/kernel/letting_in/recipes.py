"""Ready-made settings of what may stand before the public door, filled in with the company's own address and port."""

from dataclasses import dataclass

from boxportal.kernel.companies import Company
from boxportal.kernel.door import Door, parse_address, parse_listen

EXAMPLE = "https://clients.acme.example"
EXAMPLE_PORT = 8081
CADDY = """\
{host} {{
    reverse_proxy {inside} {{
        header_up Host {netloc}
    }}
}}"""
NGINX = """\
server {{
    listen 443 ssl;
    server_name {host};
    ssl_certificate     /etc/ssl/{host}.crt;
    ssl_certificate_key /etc/ssl/{host}.key;

    location / {{
        proxy_pass http://{inside};
        proxy_set_header Host {netloc};
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto https;
    }}
}}"""


@dataclass(frozen=True, slots=True)
class Recipes:
    """What to put into a proxy's settings, and which port a router forwards. `inside` is where the portal listens."""

    caddy: str
    nginx: str
    port: int
    inside: str
    trusted: str


def recipes_for(company: Company, door: Door) -> Recipes:
    """The recipes for the door as it is set; without one, for the example that the page begins with."""
    example = parse_address(EXAMPLE)
    address = door.addresses[0] if door.is_set else example
    if address is None:
        raise ValueError(EXAMPLE)
    by_own_port = parse_listen(door.listen) if door.listen else None
    if by_own_port is None and not door.is_set:
        by_own_port = ("127.0.0.1", EXAMPLE_PORT)
    port = by_own_port[1] if by_own_port else min(company.own_ports, default=EXAMPLE_PORT)
    inside = f"127.0.0.1:{port}"
    words = {"host": address.host, "netloc": address.netloc, "inside": inside}
    return Recipes(
        caddy=CADDY.format(**words),
        nginx=NGINX.format(**words),
        port=port,
        inside=inside,
        trusted='[box]\ntrusted_proxies = ["127.0.0.1"]',
    )
