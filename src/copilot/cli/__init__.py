"""The command line: one file per subcommand. Called by `__main__` only.

Importing this folder stays cheap: what a subcommand needs is imported when it runs, so that `--help` and
`--version` answer at once and neither Dear PyGui nor an SDK is loaded before it is used.
"""
