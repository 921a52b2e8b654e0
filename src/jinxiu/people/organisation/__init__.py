"""Teams as the people served see them, who stands in for whom, and what staff are qualified for."""
