"""What the living style page shows its components with. Nobody in it exists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from boxportal.sdk.records import TimelineEntry

MOVE_URL = "/admin/style/move"
STAGES = (
    ("new", "New", "gray", "inbox"),
    ("qualified", "Qualified", "blue", "circle-check"),
    ("quoted", "Quoted", "purple", "file-text"),
    ("invoiced", "Invoiced", "orange", "file-invoice"),
    ("paid", "Paid", "green", "cash"),
)
DEALS = (
    ("Pumps for the north well", "Kilimo Farms", "Asha Mushi", ("Quoted", "waiting"), "quoted", 12_400_000),
    ("Solar panels, second roof", "Bahari Hotel", "Juma Komba", ("Invoiced", "running"), "invoiced", 30_150_000),
    ("Water tanks, 12 pieces", "Mwanza Schools Trust", "Anna Petrova", ("Paid", "good"), "paid", 8_640_000),
    ("Drip irrigation", "Kilimo Farms", "Asha Mushi", ("Quiet for 9 days", "warning"), "quoted", 54_000_000),
    ("Yearly service", "Acme Pumps Ltd", "Neema Said", ("Lost", "off"), "new", 1_200_000),
    ("Borehole survey", "Rift Valley Estates", "Juma Komba", ("New", "off"), "new", 3_300_000),
    ("Spare parts", "Bahari Hotel", "Neema Said", ("New", "off"), "qualified", 950_000),
)


@dataclass(frozen=True, slots=True)
class Deal:
    """A row of the table and a card of the board."""

    id: int
    title: str
    client: str
    owner: str
    stage: tuple[str, str]
    column: str
    amount: int
    version: int = 1

    @property
    def url(self) -> str:
        return f"#deal-{self.id}"

    @property
    def amount_text(self) -> str:
        return f"TZS {self.amount / 100:,.2f}"

    @property
    def quiet(self) -> str:
        return "9 days" if self.stage[1] == "warning" else ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board."""

    id: str
    title: str
    tone: str
    icon: str
    cards: tuple[Deal, ...]

    @property
    def count(self) -> int:
        return len(self.cards)

    @property
    def sum(self) -> int:
        return sum(card.amount for card in self.cards)

    @property
    def sum_text(self) -> str:
        return f"TZS {self.sum / 100:,.2f}"


def style_sample(now: datetime) -> Mapping[str, object]:
    """The values of `style.html`."""
    deals = tuple(Deal(number, *deal) for number, deal in enumerate(DEALS, start=1))
    columns = [Column(*stage, tuple(deal for deal in deals if deal.column == stage[0])) for stage in STAGES]
    return {
        "sample": {
            "hour_ago": now - timedelta(hours=1),
            "day": date(now.year, now.month, 28),
            "deals": deals[:5],
            "columns": columns,
            "move_url": MOVE_URL,
            "timeline": timeline(now),
        }
    }


def timeline(now: datetime) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            at=now - timedelta(minutes=5),
            icon="phone-call",
            text="Called: delivery before the rains",
            url="",
            who="Asha",
        ),
        TimelineEntry(
            at=now - timedelta(hours=3), icon="send", text="Quote Q-31 was sent by mail", url="#quote", who="Asha"
        ),
        TimelineEntry(
            at=now - timedelta(days=2), icon="arrow-right", text="Moved from Qualified to Quoted", url="", who="Juma"
        ),
        TimelineEntry(
            at=now - timedelta(days=9), icon="plus", text="Deal created from a web form", url="", who="BoxPortal"
        ),
    ]


def entry(at: datetime, icon: str, text: str, url: str, who: str) -> TimelineEntry:
    return TimelineEntry(at=at, icon=icon, text=text, url=url, who=who)
