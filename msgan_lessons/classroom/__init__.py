"""The engines of the classroom: panel, player, widgets, exercises, sandbox, guesses."""
