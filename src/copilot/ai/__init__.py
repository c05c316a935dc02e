"""The turn: the loop (`ai_client.send`), what is sent of the history, the approval gate, the worker thread.

Names no concrete provider or tool: they are handed in. Made by `assembly`; front ends speak to the worker by
commands and events only.
"""
