"""Documentation of a whole codebase: files are documented by the model, folded into folders, into one page.

`assembly` and `cli` may call it. `working.Work` asks for what is missing, `checking` holds every statement
against the code, `page` writes the marked sections of one Markdown file and leaves all else in it alone.
"""
