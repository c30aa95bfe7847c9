"""Policy as files: folders of Rego, bundles of them, and their signatures."""
