"""``compliance-proxy registry``."""
