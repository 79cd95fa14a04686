"""Runs told step by step, quotes of them, and what their pages show."""

import re
from html import unescape

import pytest

from reviews.proposals.models import Evidence
from reviews.traces import bodies, intake
from reviews.traces.models import Trace, TraceBody
from reviews.traces.steps import Record, Step
from tests import factories

LONG = "".join(f"line {n}\n" for n in range(400))
HUGE = "A body too long to be sent unasked. " + "lorem ipsum " * 2_000


@pytest.fixture
def agent(team):
    return factories.an_agent(team, "billing")


@pytest.fixture
def store(team):
    return factories.a_store(team, "support")


def said(text, actor="person", **fields):
    return {"kind": "message", "actor": actor, "text": text} | fields


def called(text="{}", tool="refund", **fields):
    return {"kind": "tool_call", "actor": "agent", "tool": tool, "text": text} | fields


def answered(text, tool="refund", **fields):
    return {"kind": "tool_result", "actor": "tool", "tool": tool, "text": text} | fields


def a_run(agent, *steps, **fields):
    """A run of these steps, each told without its number."""
    record = Record(
        external_id=fields.pop("name", "run-1"),
        steps=[Step(index=n, **step) for n, step in enumerate(steps)],
        format="own",
        **fields,
    )
    (result,) = intake.accept(agent, [record], by=factories.SETUP)
    return Trace.objects.get(pk=result.trace)


def quoting(store, trace, *words, **fields):
    """The evidence of a proposal that quotes these words of the run."""
    quotes = tuple(factories.a_quote(trace, each, **fields) for each in words)
    proposal = factories.a_proposal(store, quotes=quotes)
    return list(Evidence.objects.filter(operation__proposal=proposal).order_by("pk"))


def rewritten(trace, *steps):
    """The run as it would be if what is stored had changed since it was quoted."""
    steps = [Step(index=n, **step) for n, step in enumerate(steps)]
    TraceBody.objects.filter(month=trace.month, trace_id=trace.pk).update(
        document=bodies.packed(bodies.Body(steps))
    )


def read(client, trace, rest=""):
    answer = client.get(f"/traces/{trace.pk}/{rest}")
    assert answer.status_code == 200
    return answer.content.decode()


def step(page, index):
    """What stands between this step's number and the next one's."""
    rest = page.split(f'<li class="step" id="s{index}"')[1]
    return re.split(r'<li class="step"|</ol>|<aside', rest)[0]


def head(part):
    """What stands above a step's text, as the eye reads it."""
    above = part.split("<h3>")[1].split('<div class="step__text')[0]
    return " ".join(re.sub(r"<[^>]+>", " ", above).split())


def body(part):
    """A step's text as the eye reads it."""
    text = part.split('<div class="step__text')[1].split(">", 1)[1].split("</div>")[0]
    text = re.sub(r'<sup class="note">.*?</sup>', "", text)
    return unescape(re.sub(r"<[^>]+>", "", text))


def marks(page):
    """What is marked, in order, with what is lit in brackets."""
    found = re.findall(r'<mark class="quote"([^>]*)>(.*?)</mark>', page)
    return [f"[{text}]" if "data-lit" in how else text for how, text in found]
