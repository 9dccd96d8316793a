"""l03_generator"""
