"""What residents are told of their agreements by message: that one ends soon, and who their doctor is now."""
