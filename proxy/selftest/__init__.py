"""The self-test of a deployed proxy: it plants synthetic values, shows what left, what came back, what is on record.

It talks to the proxy as any client does, and is the target that the proxy sends to (``sink``). It needs neither the
proxy's database nor its files; with the audit signing key, it signs what it saw.
"""
