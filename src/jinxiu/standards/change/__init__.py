"""What a changed standard would mean: in words, for whom, and how much work. Asked before it is put in force."""
