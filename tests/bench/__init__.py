"""Our figures beside a bare reference and the limit, all from one run on one machine.

``make bench`` measures everything, ``make bench ONLY="ingest bundle"`` a part of it.
Nothing here is asserted: it prints, people judge, and docs/performance.md keeps.
"""
