"""The whole of MiniTwit on one machine: no Docker, no root."""
