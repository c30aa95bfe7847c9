-- Bind an API key to what its requests may declare: regions, and that no minor is concerned.
SET ROLE proxy_owner;

ALTER TABLE identity.api_key
    ADD COLUMN declarable_regions text[] NOT NULL DEFAULT '{*}' CHECK (cardinality(declarable_regions) > 0),
    ADD COLUMN may_declare_adult boolean NOT NULL DEFAULT false;

RESET ROLE;
