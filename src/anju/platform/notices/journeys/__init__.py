"""Journeys 通知路径: steps in order, out of `journeys.toml`, checked when they are loaded and walked by a pure rule."""

from anju.platform.notices.journeys.steps import CHANNELS, Condition, Step, names, parse, parse_file
from anju.platform.notices.journeys.walking import next_step

__all__ = ["CHANNELS", "Condition", "Step", "names", "next_step", "parse", "parse_file"]
