"""l01_the_game"""
