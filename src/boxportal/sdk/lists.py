"""Lists: one declaration of columns, filters and orders for the page, its exports and the API.

    DEALS = ListSpec(
        key="crm.deals",
        id=Deal.id,
        columns=(Column(key="title", label=_l("Title"), expr=Deal.title, link="/crm/deals/{id}"),),
        filters=(ChoiceFilter("stage", _l("Stage"), Deal.stage_id),),
    )

`read_state` reads an address' query, `page_of` runs it over a select that already carries access.
"""

from boxportal.sdk.list_cells import Cell, CellRow
from boxportal.sdk.list_env import Condition, Filter, FilterError, ListEnv, Offered, Values
from boxportal.sdk.list_filters import ChoiceFilter, NamedFilter, PersonFilter, TextFilter, YesNoFilter
from boxportal.sdk.list_pages import (
    MAX_EXPORT,
    Base,
    Count,
    ListPage,
    all_rows,
    count_of,
    page_of,
    records_of,
    row_keys,
)
from boxportal.sdk.list_ranges import DateRange, NumberRange
from boxportal.sdk.list_spec import Column, Join, Listing, ListSpec, Sort, View
from boxportal.sdk.list_state import ListState, read_state

__all__ = [
    "MAX_EXPORT",
    "Base",
    "Cell",
    "CellRow",
    "ChoiceFilter",
    "Column",
    "Condition",
    "Count",
    "DateRange",
    "Filter",
    "FilterError",
    "Join",
    "ListEnv",
    "ListPage",
    "ListSpec",
    "ListState",
    "Listing",
    "NamedFilter",
    "NumberRange",
    "Offered",
    "PersonFilter",
    "Sort",
    "TextFilter",
    "Values",
    "View",
    "YesNoFilter",
    "all_rows",
    "count_of",
    "page_of",
    "read_state",
    "records_of",
    "row_keys",
]
