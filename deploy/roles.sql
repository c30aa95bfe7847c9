-- Run once by an administrator of the server, in the installation's database, before the first `compliance-proxy migrate`:
--   psql -v ON_ERROR_STOP=1 -f roles.sql "$ADMIN_DATABASE_URL"
-- One login for each duty, none of which has another's. Passwords come from the environment; a login without one cannot log in.
\getenv migrate PROXY_MIGRATE_PASSWORD
\getenv serve PROXY_SERVE_PASSWORD
\getenv import PROXY_IMPORT_PASSWORD
\getenv records PROXY_RECORDS_PASSWORD
\getenv auditor PROXY_AUDITOR_PASSWORD
\getenv verify PROXY_VERIFY_PASSWORD
CREATE ROLE proxy_owner NOLOGIN NOINHERIT;
CREATE ROLE proxy_writer NOLOGIN NOINHERIT;
CREATE ROLE proxy_reader NOLOGIN NOINHERIT;
CREATE ROLE proxy_identity NOLOGIN NOINHERIT;
CREATE ROLE proxy_vault NOLOGIN NOINHERIT;
CREATE ROLE proxy_registry NOLOGIN NOINHERIT;
CREATE ROLE proxy_retention NOLOGIN NOINHERIT;
CREATE ROLE proxy_verifier NOLOGIN NOINHERIT;
CREATE ROLE proxy_exporter NOLOGIN NOINHERIT;

-- Owns the schema and the database; only `migrate` uses it.
CREATE ROLE proxy_migrate LOGIN PASSWORD :'migrate';
GRANT proxy_owner, proxy_writer, proxy_reader, proxy_identity, proxy_vault, proxy_registry, proxy_retention, proxy_verifier,
      proxy_exporter TO proxy_migrate;
SELECT format('ALTER DATABASE %I OWNER TO proxy_migrate', current_database()) \gexec

-- Serves: writes evidence, reads it for the admin API, keys, vault, registry. It owns nothing, purges nothing.
CREATE ROLE proxy_serve LOGIN NOINHERIT PASSWORD :'serve';
GRANT proxy_writer, proxy_reader, proxy_identity, proxy_vault, proxy_registry, proxy_exporter TO proxy_serve;

-- Fills the registry of a new installation: `registry import`. It reads no evidence, vault or keys.
CREATE ROLE proxy_import LOGIN NOINHERIT PASSWORD :'import';
GRANT proxy_writer, proxy_registry, proxy_identity TO proxy_import;

-- Carries out purges that two people approved: `audit retention run --approved`.
CREATE ROLE proxy_records LOGIN NOINHERIT PASSWORD :'records';
GRANT proxy_retention, proxy_writer, proxy_identity, proxy_reader, proxy_vault TO proxy_records;

-- Reads evidence: officers and auditors.
CREATE ROLE proxy_auditor LOGIN NOINHERIT PASSWORD :'auditor';
GRANT proxy_reader TO proxy_auditor;

-- Verifies, and reads nothing else.
CREATE ROLE proxy_verify LOGIN NOINHERIT PASSWORD :'verify';
GRANT proxy_verifier TO proxy_verify;
