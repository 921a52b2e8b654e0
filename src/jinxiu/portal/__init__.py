"""The residents' own pages: who they are, for whom they act, what they are owed."""
