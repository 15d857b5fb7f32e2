"""Floor 1: the rules of triplets, campaigns, messages and results, with no input or output.

The words that every room uses stand here; the rooms are ``triplets`` (files in), ``messages``,
``sending``, ``senders`` (their DNS), ``reports`` (mail that comes back), ``returns`` (files out).
"""
