"""What goes out when: fragments, pace, the fate of each answer, and what a transport must do."""
