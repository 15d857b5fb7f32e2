"""The message of a campaign: composed once from the client's HTML, rendered for each contact."""
