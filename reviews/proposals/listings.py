"""Proposals as plain data: what commands print and programs read."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from reviews.proposals import bindings
from reviews.proposals.bindings import Binding, Block
from reviews.proposals.models import Decision, Evidence, Proposal


def of(proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
    """Everything about each of these, in as many queries for ten as for two."""
    found = bindings.of_many(proposals)
    evidence = defaultdict(list)
    rows = Evidence.objects.filter(operation__proposal__in=proposals)
    for row in rows.select_related("operation").order_by("position"):
        evidence[row.operation.proposal_id, row.operation.position].append(row)
    return [
        _proposal(proposal, found[proposal.pk])
        | {
            "operations": [
                _operation(block, evidence[proposal.pk, block.position])
                for block in found[proposal.pk].blocks
            ]
        }
        for proposal in proposals
    ]


def decision(settled: Decision) -> dict[str, Any]:
    """One decision, and what came of it."""
    return {
        "decision": settled.pk,
        "proposal": settled.proposal.name,
        "verb": settled.verb,
        "state": settled.state,
        "by": settled.by,
        "reason": settled.reason,
        "wording": settled.wording,
        "included": settled.included,
        "applies_at": settled.applies_at,
        "version": settled.version.number if settled.version else None,
        "note": settled.note,
    }


def _proposal(proposal: Proposal, binding: Binding) -> dict[str, Any]:
    return {
        "id": proposal.name,
        "state": proposal.state,
        "title": proposal.title,
        "family": proposal.family,
        "kind": proposal.kind,
        "scope": proposal.scope,
        "scope_of": proposal.scope_of,
        "because": proposal.because,
        "counts": proposal.counts,
        "confidence": proposal.confidence,
        "impact": proposal.impact,
        "risk": proposal.risk,
        "flags": proposal.flags,
        "fingerprint": proposal.fingerprint,
        "engine": proposal.engine,
        "by": proposal.by,
        "created_at": proposal.created_at,
        "returned": proposal.returned.name if proposal.returned else None,
        "attention": proposal.attention,
        "stale": bool(binding.moved),
        "wording": binding.wording,
        "base": proposal.base,
        "head": binding.head,
        "bound": binding.bound,
    }


def _operation(block: Block, evidence: Sequence[Evidence]) -> dict[str, Any]:
    return {
        "position": block.position,
        "kind": block.kind,
        "path": block.path,
        "new_path": block.new_path,
        "heading": list(block.heading),
        "rule": block.rule,
        "before": block.before if block.before is not None else block.base,
        "text": block.after,
        "standing": block.standing,
        "evidence": [_evidence(row) for row in evidence],
    }


def _evidence(row: Evidence) -> dict[str, Any]:
    return {
        "stance": row.stance,
        "agent": row.agent,
        "trace": row.external_id,
        "step": row.step,
        "start": row.start,
        "end": row.end,
        "quote": row.quote,
        "sha256": row.sha256,
        "provenance": row.provenance,
        "tool": row.tool,
        "person": row.person,
    }
