"""l09_super_resolution"""
