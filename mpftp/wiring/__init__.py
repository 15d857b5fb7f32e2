"""Floor 4: from the configuration to adapters and settings, for the commands and the tracker alike.

Each function takes the configuration, and an open state file or a clock where it needs one; none prints,
none knows of options. Adapters are imported when they are asked for, so that a command pays for what it uses.
"""
