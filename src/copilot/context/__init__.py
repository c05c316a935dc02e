"""What the model is told about the project: chosen files to Markdown, one file to an outline.

Called by `ai` (every turn), by `tools` (the summary of one file) and by the command line.
"""
