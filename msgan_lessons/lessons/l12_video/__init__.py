"""l12_video"""
