"""Detection as a service of the same program: ``serving`` answers for many proxies, ``pool`` asks from one."""
