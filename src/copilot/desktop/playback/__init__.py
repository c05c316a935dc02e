"""A session played back in a window: its log is folded step by step, and nothing is sent, run or changed.

Called by `cli/replay_window.py`, which opens the window on a log.
"""
