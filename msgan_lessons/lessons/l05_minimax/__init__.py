"""The room of lesson 05, the value of the game: pictures, exercises."""
