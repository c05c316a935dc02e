"""One file per panel. A panel reads `ViewState` and acts through `Actions`; only `gui` may call it."""
