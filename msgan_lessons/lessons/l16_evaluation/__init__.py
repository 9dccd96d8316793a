"""l16_evaluation"""
