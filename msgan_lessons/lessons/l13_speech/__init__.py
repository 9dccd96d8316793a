"""l13_speech"""
