"""The base directory: what a path may name, which files ask first, what is ignored, how bytes become text.

Called by `context` and `tools`, and by whoever must show or compare a path of the project. Nothing here asks
a person or knows a model.
"""
