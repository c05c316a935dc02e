"""What everyone may name: errors, messages, values, commands and events. Stdlib only; every room may call it.

The files import only the ones before them: text, errors, messages, values, commands, events, codec.
"""
