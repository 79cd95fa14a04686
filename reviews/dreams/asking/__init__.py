"""Asking a model: what may be spent, what was asked before, and who answers.

``oracles`` is the door. What imports Anthropic's SDK (``askers`` and all below it) takes
seconds to load, so the door opens those modules by name, once there is something to ask.
"""
