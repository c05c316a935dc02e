"""One file per panel. A panel reads `ViewState` and sends commands through `Kit.submit`; only `gui` calls it."""
