"""What the people served think of it: ratings of single services and the yearly survey."""
