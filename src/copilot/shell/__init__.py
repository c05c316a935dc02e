"""Running what a person approved: shells, their argument lists and encodings, whole process trees.

Called by `tools` (scripts and Python files) and, to choose a shell, by `assembly` and `cli`. Nothing here
asks for approval: whoever calls has it already.
"""
