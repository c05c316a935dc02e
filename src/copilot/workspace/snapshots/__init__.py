"""What the base directory was before and after each run, and the way back: kept outside the project.

A store of our own (one SQLite file for each base directory) holds every content once, under its SHA-256.
Nothing here runs a program or reads a project's git configuration, and no link is ever followed.
"""
