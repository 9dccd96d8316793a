"""l06_losses"""
