"""Triplets as files: their text, tables, rules and findings, and what is accepted of them."""
