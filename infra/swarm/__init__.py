"""Builds, deploys and looks after the stack; each file is a command or a part of one."""
