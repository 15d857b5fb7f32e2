"""One module a command: options in, stage called, view shown."""
