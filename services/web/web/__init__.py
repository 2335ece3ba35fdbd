"""The pages of MiniTwit. It owns no data: it asks users, messages and followers."""
