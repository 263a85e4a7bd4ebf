"""Gates: the tolerances that a run is held to, read from one TOML file.

::

    frames_min = 30                    # a group with fewer frames is not judged
    takes_min = 1                      # nor one with fewer takes

    [[gate]]
    name = "still"                     # the measure's identifier unless given
    measure = "jitter.corner_px"
    max = 0.35                         # in the measure's unit; or min, where higher is better
    worse_by = 0.10                    # against a baseline, in the measure's unit
    worse_by_percent = 20              # the same as a share of the baseline; with both, the larger is allowed
    required = true                    # a group without the figure fails
    strata = ["all", "tag", "take"]    # at which levels it is held; all three unless given
    looks = ["aviator-*"]              # only takes whose look matches one of these,
    kinds = ["eyewear"]                # has a product of one of these kinds,
    tags = ["dim"]                     # and whose clip has one of these tags

What a file says wrongly is told in one sentence that names the gate.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tryon.errors import BadBaseline
from tryon.qa.definitions import DEFINITIONS, definition
from tryon.qa.results import TakeResult
from tryon.qa.strata import LEVELS, Level
from tryon.resources import folder
from tryon.tomlfile import parse_toml

GATES_FILE: Final = "gates.toml"
SCHEMA: Final = 1
# Hundreds of gates fit.
_FILE_BYTES_MAX: Final = 256 * 1024
_GATES_MAX: Final = 500

_Limit = Annotated[float, Field(allow_inf_nan=False)]
_Tolerance = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Texts = Annotated[tuple[_Text, ...], Field(max_length=100)]


class Gate(BaseModel):
    """One tolerance: a measure, its limits, and which takes and groups it is held against."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: _Text = ""
    measure: _Text
    maximum: Annotated[_Limit | None, Field(alias="max")] = None
    minimum: Annotated[_Limit | None, Field(alias="min")] = None
    worse_by: _Tolerance | None = None
    worse_by_percent: _Tolerance | None = None
    required: bool = False
    strata: Annotated[tuple[Level, ...], Field(min_length=1, strict=False)] = LEVELS
    looks: Annotated[_Texts, Field(strict=False)] = ()
    kinds: Annotated[_Texts, Field(strict=False)] = ()
    tags: Annotated[_Texts, Field(strict=False)] = ()

    @property
    def compares(self) -> bool:
        """Whether it holds a figure against a baseline's."""
        return self.worse_by is not None or self.worse_by_percent is not None

    def concerns(self, take: TakeResult) -> bool:
        """Whether the take's look, kinds and tags are among those that the gate is for."""
        return (
            (not self.looks or any(fnmatchcase(take.look, look) for look in self.looks))
            and (not self.kinds or any(kind in self.kinds for kind in take.kinds))
            and (not self.tags or any(tag in self.tags for tag in take.tags))
        )

    def slack(self, baseline: float) -> float:
        """By how much a figure may be worse than the baseline's, in the measure's unit."""
        return max(self.worse_by or 0.0, (self.worse_by_percent or 0.0) / 100 * abs(baseline))


class Gates(BaseModel):
    """A file of gates, in alphabetical order. A group below ``frames_min`` or ``takes_min`` is not judged."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Annotated[Literal[1], Field(alias="schema")] = SCHEMA
    frames_min: Annotated[int, Field(ge=1)] = 30
    takes_min: Annotated[int, Field(ge=1)] = 1
    gate: Annotated[tuple[Gate, ...], Field(min_length=1, max_length=_GATES_MAX, strict=False)]


def default_gates() -> Path:
    """The file of gates that comes with Tryon."""
    return folder("assets") / "qa" / GATES_FILE


def load_gates(path: Path) -> Gates:
    """Read and check a file of gates. Raises BadBaseline, which names the file and the gate that is wrong."""
    values = parse_toml(path, _FILE_BYTES_MAX, BadBaseline)
    try:
        gates = Gates.model_validate(values)
    except ValidationError as error:
        raise BadBaseline(f"{path.name}{_complaint(error, values)}") from error
    named = [gate if gate.name else gate.model_copy(update={"name": gate.measure}) for gate in gates.gate]
    seen: set[str] = set()
    for gate in named:
        wrong = _wrong(gate)
        if gate.name in seen:
            wrong = "another gate has this name; give each its own 'name'"
        if wrong:
            raise BadBaseline(f"{path.name}, gate '{gate.name}': {wrong}.")
        seen.add(gate.name)
    return gates.model_copy(update={"gate": tuple(sorted(named, key=lambda gate: gate.name))})


def _wrong(gate: Gate) -> str | None:
    """What contradicts itself, or the measure."""
    try:
        better = definition(gate.measure).better
    except KeyError:
        return f"there is no measure '{gate.measure}'{_near(gate.measure, DEFINITIONS)}"
    if gate.maximum is not None and better == "higher":
        return f"{gate.measure} is better the higher it is; limit it with 'min' instead of 'max'"
    if gate.minimum is not None and better == "lower":
        return f"{gate.measure} is better the lower it is; limit it with 'max' instead of 'min'"
    if gate.minimum is not None and gate.maximum is not None and gate.minimum > gate.maximum:
        return f"no figure is at least {gate.minimum:g} and at most {gate.maximum:g}"
    if not (gate.required or gate.compares) and gate.maximum is None and gate.minimum is None:
        return "it limits nothing; give 'max', 'min', 'worse_by', 'worse_by_percent' or 'required = true'"
    return None


def _complaint(error: ValidationError, values: dict[str, Any]) -> str:
    """The first thing that pydantic refused, with the gate's name or number."""
    first = error.errors(include_url=False)[0]
    where, key = first["loc"], first["loc"][-1]
    in_gate = len(where) > 2 and where[0] == "gate"
    place = f", {_title(values, where[1])}" if in_gate else ""
    if first["type"] == "extra_forbidden":
        return f"{place}: there is no key '{key}'{_near(str(key), _keys(Gate if in_gate else Gates))}."
    if first["type"] == "missing" and not in_gate:
        return " has no gate; write at least one [[gate]]."
    if first["type"] == "missing":
        return f"{place}: the key '{key}' is missing."
    told = ".".join(str(part) for part in where[2 if in_gate else 0 :])
    if where == ("schema",):
        return f" is of format {first['input']!r}; this version reads format {SCHEMA}."
    return (
        f"{place}: '{told}' cannot be {first['input']!r:.100}: {first['msg'][0].lower()}{first['msg'][1:]}."
    )


def _title(values: dict[str, Any], number: int | str) -> str:
    """A gate as its writer knows it: by its name, its measure, or its place in the file."""
    gate = values["gate"][int(number)]
    name = gate.get("name") or gate.get("measure") if isinstance(gate, dict) else None
    return f"gate '{name}'" if isinstance(name, str) else f"gate {int(number) + 1}"


def _keys(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
