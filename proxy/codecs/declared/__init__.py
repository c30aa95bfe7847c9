"""APIs that are declared rather than written, for any service that speaks JSON, forms or text."""
