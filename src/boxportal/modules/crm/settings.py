"""The company's settings of the CRM; every one has a default that works."""

from pydantic import BaseModel, ConfigDict, Field


class CrmSettings(BaseModel):
    """How requests are given out and reminded of, and what closing a deal asks for."""

    model_config = ConfigDict(extra="ignore")
    remind_after_minutes: int = Field(default=60, ge=1, le=60 * 24 * 30)
    tell_head_after_minutes: int = Field(default=240, ge=1, le=60 * 24 * 30)
    won_only_when_paid: bool = False
    turn: list[int] = []
    next_turn: int = 0
