"""l15_stability"""
