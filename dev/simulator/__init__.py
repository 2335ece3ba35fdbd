"""A stand-in for the course's traffic simulator: the same requests, the same impatience."""
