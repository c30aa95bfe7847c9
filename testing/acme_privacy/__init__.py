"""A third party's package with recognizers and operators of its own, as a deployment might install one."""
