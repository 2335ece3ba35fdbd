"""The tools that build, deploy and look after MiniTwit on a swarm."""
