"""l14_efficiency"""
