"""APIs that are declared rather than implemented, for any service that speaks JSON, forms or text."""
