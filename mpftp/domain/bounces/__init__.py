"""What comes back by e-mail: delivery reports of every make, auto-replies, complaints, opt-outs."""
