"""The pages, one module each: from a visit to a view. They call operations; none reads a database."""
