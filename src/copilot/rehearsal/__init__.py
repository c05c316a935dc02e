"""The model's stand-in: a loopback server that speaks the real wire protocols from a scenario file.

It answers what a scenario says and refuses what the real services refuse, so that everything but the model's
own thinking is real. `assembly`, `cli` and the tests may call it. Start with `server.RehearsalServer`,
`scenario.load_scenario` and `scenario.shipped`; a protocol is one pair of files, `<name>_request` (what came
in, strictly) and `<name>_answer` (what goes out, whole or streamed).
"""
