"""One page for each run: the picture, how it came about and everything that was written down of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bench.merging import FOLDER
from bench.record import StoredPlan
from bench.report import balance, extras, provenance, run_page
from bench.report.model import Experiment, Run
from bench.report.neighbours import neighbours
from bench.report.run_page import Context
from bench.report.site import Page, Site


def pages(site: Site) -> list[Page]:
    model, results = site.model, site.model.results
    beside, plans = neighbours(model), provenance.plans(results)
    commands = {folder: provenance.command(plan) for folder, plan in plans.items()}
    machines = provenance.by_run(provenance.machines(model))
    member: dict[str, list[Experiment]] = {}
    for experiment in model.experiments:
        for run in experiment.runs:
            if (experiment.name, run.id) in site.pair_pages:
                member.setdefault(run.id, []).append(experiment)
    balances = {id: name for e in model.experiments for id, name in balance.addresses(e).items()}
    blends = extras.blended_otherwise(model.runs.values())
    around = ["", *(run.page for run in model.runs.values()), ""]
    made = []
    for k, run in enumerate(model.runs.values()):
        experiments = member.get(run.id, [])
        context = Context(
            settings=experiments[0].settings(run) if experiments else "",
            experiments=tuple((e.name, site.pair_pages[e.name, run.id], f"grids/{e.anchor}.html") for e in experiments),
            beside=beside.get(run.id, ()),
            machine=machines.get(run.id, 0),
            job=results.job_id(run.id),
            command=f"{commands[_folder(run, plans)]} {results.job_id(run.id)[:12]}",
            balance=balances.get(run.id, ""),
            before=around[k],
            after=around[k + 2],
            extras=extras.side_by_side(run, blends.get(run.id, ())),
        )
        view = partial(run_page.page, run, context, plans[_folder(run, plans)], results.plan.jobs[run.id])
        made.append(Page(run.page, "run", view, "table.html"))
    return made


def _folder(run: Run, plans: Mapping[str | None, StoredPlan]) -> str | None:
    """What the results folder of a run is called, where several were merged."""
    return str(run.parameters[FOLDER]) if None not in plans else None
