"""What multi-scale GANs are for: one small module an application (lessons 09 to 13)."""
