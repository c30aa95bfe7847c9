-- Let readers of the evidence compare it with the policy bundles, and the registry in them, that decided.
SET ROLE proxy_owner;

GRANT USAGE ON SCHEMA registry TO proxy_reader;
GRANT SELECT ON registry.bundle TO proxy_reader;

RESET ROLE;
