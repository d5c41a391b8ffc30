"""Exchange with partners: who they are, what they tell us, what we tell them, and how it gets there."""
