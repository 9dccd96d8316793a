"""l11_class_conditional"""
