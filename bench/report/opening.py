"""What the manifest of an experiment says of it, where that is one of several put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from bench.report import markdown
from bench.report.model import Experiment


@dataclass(frozen=True)
class Opening:
    title: str
    intro: Markup


def opening(experiment: Experiment) -> Opening | None:
    """None where the manifest is that of the whole site, which says it for all."""
    title, intro = _said(experiment)
    return Opening(title, markdown.rendered(intro)) if title or intro.strip() else None


def openings(experiments: Iterable[Experiment]) -> dict[str, Opening]:
    """By the name of the experiment that stands first of its manifest's: there it is said, once for all of them."""
    found: dict[str, Opening] = {}
    before = ("", "")
    for experiment in experiments:
        now = _said(experiment)
        if now != before and (own := opening(experiment)):
            found[experiment.name] = own
        before = now
    return found


def _said(experiment: Experiment) -> tuple[str, str]:
    """Title and introduction, as they were written."""
    return experiment.plan.manifest_title, experiment.plan.manifest_intro
