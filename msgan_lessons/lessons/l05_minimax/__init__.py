"""l05_minimax"""
