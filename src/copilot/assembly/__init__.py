"""The one place that names concrete providers, tools and the rehearsal, and hands out a ready desk.

Called by the front ends (`desktop`, `cli`) and by tests.
"""
