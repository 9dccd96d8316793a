"""l02_scales"""
