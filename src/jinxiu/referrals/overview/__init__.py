"""All referrals within reach as a list, and their numbers by hospital and by team."""
