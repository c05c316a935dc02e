"""What a person keeps: the home, `config.toml`, `projects/*.toml`, the discussion tree, and the store.

The store is the only writer of a project. Called by `assembly` (home, settings, store), by `ai` (the store
and `changes`) and by front ends that list projects.
"""
