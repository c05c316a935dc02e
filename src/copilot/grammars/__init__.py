"""Tree-sitter's grammars: loaded where their wheels are here, and parsed with under limits.

Outlines of files (`context`) and the reading of scripts (`shell`) use it; each says in its own words what
went wrong.
"""
