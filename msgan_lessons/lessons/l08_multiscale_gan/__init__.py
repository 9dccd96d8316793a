"""l08_multiscale_gan"""
