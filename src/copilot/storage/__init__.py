"""How bytes reach the disk and stay there: atomic write, append log, locks, set-aside files, redaction.

Called by every room that writes a file of ours. It knows nothing of projects or logs, only of paths, bytes
and text.
"""
