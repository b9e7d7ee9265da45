"""The jobs of a plan, each by its label and the parameters that a test asks for."""


def labels(plan, *names):
    return [(job.label, *(job.parameters[name] for name in names)) for job in plan.jobs.values()]
