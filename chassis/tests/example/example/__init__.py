"""The smallest service, for tests of how a service is run."""
