"""``send``: hand over every delivery that is due, once, and note what became of it.

``feed`` looks which fragments may go out and claims their deliveries in groups as the transport
draws them; ``run`` settles the outcomes in groups. A line in the journal stands between the two, so
that whatever kills a run, the next one knows what was sent, what was not, and what cannot be told.
"""

from mpftp.stages.send.queue import DeliveryQueue, SendLimits
from mpftp.stages.send.run import SendRun, SendSummary

__all__ = ["DeliveryQueue", "SendLimits", "SendRun", "SendSummary"]
