"""Fencing a run in, and previews of it: namespaces and a copy-on-write view on Linux, elsewhere a copy.

`probe` finds out what works on this machine, `space` says what a fenced run sees, `stage` builds that inside
the process that becomes the program. `preview` runs against a view of the project and keeps what came of it;
`commit` puts exactly that into the project. Called by `tools` and `ai`, shown by `cli` and `desktop`.
"""
