"""The rules of the person: what they say of a request, and new ones. `judging` is the door; all is pure."""
