"""l07_training"""
