"""Work over very many lines, here or on Ray: in parts that are written once, so that a stopped run goes on."""
