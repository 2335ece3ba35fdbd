"""Messages: what people post, and the timelines made of it."""
