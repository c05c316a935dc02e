"""The record of a session: what was sent, asked, approved and done, so that it can be proved afterwards.

Called by `assembly`, which hands events and wire records to the logger, and by whoever reads logs.
"""
