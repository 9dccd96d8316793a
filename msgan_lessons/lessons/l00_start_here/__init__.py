"""l00_start_here"""
