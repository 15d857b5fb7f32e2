"""What goes back to the client: six result files, answers to a triplet, notices, figures."""
