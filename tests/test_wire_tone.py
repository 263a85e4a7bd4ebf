"""Colours over the wire: what is told comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tryon.errors import ProtocolError
from tryon.wire.control import parse_server
from tryon.wire.measure import Measure
from tryon.wire.tone import AdviceTold, ClassTold, LightTold, ReasonTold, ShadeTold, Tone

TONE = Tone(
    lab=(61.2, 10.4, 17.0),
    plus_minus=(5.1, 3.2, 4.0),
    color="#b58c72",
    ita_deg=33.4,
    ita_plus_minus_deg=14.2,
    monk=ClassTold("4", 0.56, "3", "5"),
    fitzpatrick=ClassTold("III", 0.6, "II", "IV"),
    undertone="neutral",
    undertone_confidence=0.71,
    lips_lab=(48.0, 22.1, 13.0),
    lips_color="#9c6259",
    light=LightTold(1.12, 0.81, 0.2, "warm", "eyes and room"),
    foundations=(ShadeTold("base", "sand", 1.4), ShadeTold("base", "honey", 2.9)),
    lipsticks=(
        AdviceTold(
            "velvet",
            "rose",
            "everyday",
            "A balanced nude; a soft contrast.",
            ReasonTold("neutral", "nude", "same", "neutral", "soft", "as_light"),
        ),
    ),
    like_lips=(ShadeTold("velvet", "rose", 3.3),),
)


@pytest.mark.parametrize("tone", [TONE, replace(TONE, foundations=(), lipsticks=(), like_lips=())])
def test_a_tone_comes_back_as_it_was(tone: Tone) -> None:
    message = Measure("skin", "measured", 15, 15, tone=tone)
    assert parse_server(message.serialize()) == message


@pytest.mark.parametrize("name", ["lab", "monk", "light", "foundations", "undertone"])
def test_a_tone_with_something_missing_is_not_understood(name: str) -> None:
    told: dict[str, Any] = json.loads(Measure("skin", "measured", 15, 15, tone=TONE).serialize())
    del told["tone"][name]
    with pytest.raises(ProtocolError):
        parse_server(json.dumps(told))
