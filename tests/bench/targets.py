"""What was promised of the engine, as rows that stand in one table at the end of all benches."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A promise of the engine, and what became of it; ``measured`` is None where a side was not measured.

    ``wanted`` is empty where the figure is for comparison only.
    """

    target: str
    wanted: str
    measured: float | str | None
    is_met: bool | None


def at_most(name: str, limit: float, measured: float, unit: str = "") -> Target:
    """A figure that is to be no more than ``limit``."""
    return Target(name, f"<= {limit:g} {unit}".rstrip(), measured, measured <= limit)
