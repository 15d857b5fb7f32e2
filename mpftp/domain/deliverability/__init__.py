"""What DNS says of a sender's domain: SPF, DKIM, DMARC."""
