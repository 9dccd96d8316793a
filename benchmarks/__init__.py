"""Speed, measured on this machine; never part of the tests."""
