"""How long every question to the evidence takes on ten months of twenty-two tenants."""
