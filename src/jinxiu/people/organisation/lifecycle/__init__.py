"""How a team begins, and how it ends: who works there until when, and where its people go."""
