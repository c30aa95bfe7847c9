"""A small registry for tests of the store."""

from __future__ import annotations


def document(**tenant):
    """A small registry; keyword arguments are facts of its tenant."""
    return {
        "registry": {
            "providers": {"p": {"legal_name": "P"}},
            "targets": {
                "p/eu": {
                    "provider": "p", "operator": "third_party", "deployment": "regional", "processing_regions": ["IE"],
                    "dpa": {"ref": "D-1", "status": "signed", "expires": "2099-12-31"},
                }
            },
            "tenants": {"acme": {"establishments": ["DE"], **tenant}},
            "activities": {"support": {"purpose": "dpv:CustomerCare"}},
        },
        "endpoints": {"p/eu": {"base_url": "http://p.test"}},
        "routes": [{"targets": ["p/eu"]}],
    }  # fmt: skip
