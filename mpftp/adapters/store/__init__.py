"""The state file: SQLite, and the only place that knows SQL.

``database`` opens it and keeps its schema; each other module answers for one part of the work:
``intake`` (collect), ``outbox`` (send), ``events`` (tracker, bounces, publish), ``overview``
(status). A stage gets the part it needs, so another database could stand behind each one.
"""
