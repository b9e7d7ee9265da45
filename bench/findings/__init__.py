"""What a document found, asked of our own runs: the figures it is about, the rule, the answer. Pure; no torch."""
