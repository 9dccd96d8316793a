"""l04_discriminator"""
