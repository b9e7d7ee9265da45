"""Answers in a form that tests can compare, and the start and end that most of them ask about."""

START = {"along": "init", "start": {"init": "noise"}, "end": {"init": "content"}}


def counts(answer):
    return answer.word, answer.of, answer.showing, answer.measured, answer.left
