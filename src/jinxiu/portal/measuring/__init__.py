"""What a resident measures at home: seen, sent in, answered at once, and laid before the team."""
