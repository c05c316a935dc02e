"""Panels as native windows of their own: each a small process that folds the same events as the window.

`host` is the window's side and `child` the program of the other; between them is a local pipe on which only
checked JSON travels (`pipe`, `wire`, `messages`). The window makes one `TornPanels`; nobody else calls in.
"""
