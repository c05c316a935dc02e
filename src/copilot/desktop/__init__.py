"""The window: Dear PyGui panels over the worker's events. Only `cli` and `__main__` may call it.

Begin with `gui.App` (the loop), `view_state` (the fold over events that every panel reads) and
`confirm_dialog` (when the one modal takes an answer; `confirm_window` draws it). Nothing here starts a turn,
touches a project file or talks to a provider: the window submits commands and shows what comes back. Only the
main thread calls Dear PyGui, and only through `gate`.
"""
