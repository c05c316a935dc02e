"""`copilot serve`: a small team's door to the co-pilot. The door (`app`, `tokens`, `audit`) knows who comes;
behind it (`workspaces` and what it starts) each person has a process, a home and files of their own.

`contract` is all that the two halves know of each other.
"""
