"""The room of lesson 00, the first look: its exercises."""
