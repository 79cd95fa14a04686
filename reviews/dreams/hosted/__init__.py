"""A store's twin at Anthropic: linked, its sessions pulled, its dreams asked for and read.

Anthropic's SDK takes seconds to load: ``doors`` opens it by name once there is something
to ask, so that pages and most workers never pay for it.
"""
