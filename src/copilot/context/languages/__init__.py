"""Outlines of files in many languages: one small table of node kinds per language, one walker for all.

Called by `context.summarize` only. Grammars are loaded when a file first needs one; without it the file is
shown by head and size.
"""
