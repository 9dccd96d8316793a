"""l10_style_transfer"""
