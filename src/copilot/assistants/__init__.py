"""Assistants at work: who answers for one, the tool by which one asks another, several sent off at once.

Their profiles are values (`vocabulary.assistants`) of the person's settings; what a turn is under one is
`ai.assisting`. For `assembly` and the front ends.
"""
