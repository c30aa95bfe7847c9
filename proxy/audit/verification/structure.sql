-- name: pinned
-- PostgreSQL tells the same structure in other words, or refuses to, as the database or the login is set.
SET LOCAL search_path = pg_catalog; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL timezone = 'UTC';
SET LOCAL quote_all_identifiers = off; SET LOCAL standard_conforming_strings = on; SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex'; SET LOCAL array_nulls = on; SET LOCAL transform_null_equals = off; SET LOCAL row_security = on;
SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0

-- name: structure
WITH schemas AS (
    SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace
    WHERE nspname IN ('audit', 'identity', 'vault', 'registry', 'master_key', 'export')
), relations AS (
    SELECT c.*, s.nspname || '.' || c.relname AS name FROM pg_catalog.pg_class c JOIN schemas s ON s.oid = c.relnamespace
), bounds AS (
    SELECT c.name, i.inhparent::pg_catalog.regclass::text AS parent, pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS told
    FROM relations c JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid WHERE c.relispartition AND c.relkind IN ('r', 'p')
), told AS (
    SELECT *, pg_catalog.substring(told, '^FOR VALUES FROM \(''(\d{4}-\d\d-\d\d)''\)') AS day FROM bounds
), functions AS (
    SELECT p.*, s.nspname || '.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS name
    FROM pg_catalog.pg_proc p JOIN schemas s ON s.oid = p.pronamespace
), ours AS (
    SELECT * FROM pg_catalog.pg_roles
    WHERE rolname IN ('proxy_owner', 'proxy_writer', 'proxy_reader', 'proxy_identity', 'proxy_vault', 'proxy_registry', 'proxy_retention',
                      'proxy_verifier', 'proxy_exporter')
), grants AS (
    SELECT 'schema ' || nspname AS thing, nspowner AS owner, a.*
    FROM schemas, pg_catalog.aclexplode(coalesce(nspacl, pg_catalog.acldefault('n', nspowner))) a
    UNION ALL
    SELECT 'table ' || name, relowner, a.*
    FROM relations, pg_catalog.aclexplode(coalesce(relacl, pg_catalog.acldefault('r', relowner))) a
    WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL
    SELECT 'column ' || r.name || '.' || c.attname, r.relowner, a.*
    FROM relations r JOIN pg_catalog.pg_attribute c ON c.attrelid = r.oid, pg_catalog.aclexplode(c.attacl) a
    UNION ALL
    SELECT 'function ' || name, proowner, a.*
    FROM functions, pg_catalog.aclexplode(coalesce(proacl, pg_catalog.acldefault('f', proowner))) a
)
SELECT 'schema ' || nspname AS thing, 'owner' AS aspect, pg_catalog.pg_get_userbyid(nspowner)::text AS value FROM schemas
UNION ALL
SELECT thing, 'grants', pg_catalog.string_agg(
    coalesce(pg_catalog.pg_get_userbyid(nullif(grantee, 0)), 'PUBLIC') || ' ' || privilege_type
        || CASE WHEN is_grantable THEN ' with grant option' ELSE '' END,
    ', ' ORDER BY coalesce(pg_catalog.pg_get_userbyid(nullif(grantee, 0)), 'PUBLIC') COLLATE "C", privilege_type COLLATE "C")
FROM grants WHERE grantee <> owner GROUP BY thing
UNION ALL
SELECT 'table ' || name, 'owner', pg_catalog.pg_get_userbyid(relowner) FROM relations
UNION ALL
SELECT 'table ' || name, 'kind', relkind::text || relpersistence::text FROM relations
UNION ALL
SELECT 'table ' || name, 'row security',
       CASE WHEN relrowsecurity THEN 'on' ELSE 'off' END || CASE WHEN relforcerowsecurity THEN ', forced' ELSE '' END
FROM relations WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'table ' || p.name, 'children', pg_catalog.string_agg(i.inhrelid::pg_catalog.regclass::text, ', ' ORDER BY i.inhrelid::pg_catalog.regclass::text COLLATE "C")
FROM relations p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.oid
WHERE p.relkind IN ('r', 'p') AND NOT EXISTS (
    SELECT FROM relations c WHERE c.oid = i.inhrelid AND c.relispartition AND c.name ~ '^audit\.record_2')
GROUP BY p.name
UNION ALL
SELECT 'table ' || name, 'bounds', CASE
    WHEN parent = 'audit.record' AND name = 'audit.record_' || pg_catalog.to_char(day::date, 'YYYY_MM')
         AND told = pg_catalog.format('FOR VALUES FROM (%L) TO (%L)', day, (day::date + interval '1 month')::date) THEN 'its month'
    ELSE parent || ' ' || told END
FROM told
UNION ALL
SELECT 'view ' || name, 'definition', pg_catalog.pg_get_viewdef(oid) FROM relations WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'table ' || name, 'options', reloptions::text FROM relations WHERE reloptions IS NOT NULL AND relkind IN ('v', 'm')
UNION ALL
SELECT 'column ' || r.name || '.' || c.attname, 'type',
       pg_catalog.format_type(c.atttypid, c.atttypmod) || CASE WHEN c.attnotnull THEN ' not null' ELSE '' END
           || coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') || c.attidentity::text || c.attgenerated::text
FROM relations r JOIN pg_catalog.pg_attribute c ON c.attrelid = r.oid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid AND d.adnum = c.attnum
WHERE r.relkind IN ('r', 'p', 'v', 'm') AND c.attnum > 0 AND NOT c.attisdropped
UNION ALL
SELECT 'constraint ' || r.name || '.' || c.conname, 'definition',
       pg_catalog.pg_get_constraintdef(c.oid) || CASE WHEN c.convalidated THEN '' ELSE ' (not validated)' END
FROM relations r JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid WHERE c.contype <> 'n'
UNION ALL
SELECT 'index ' || r.name, 'definition',
       pg_catalog.pg_get_indexdef(r.oid) || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' (invalid)' END
FROM relations r JOIN pg_catalog.pg_index i ON i.indexrelid = r.oid
UNION ALL  -- one that refuses no row and runs no function but PostgreSQL's
SELECT 'index ' || r.name, 'kind', 'plain'
FROM relations r JOIN pg_catalog.pg_index i ON i.indexrelid = r.oid
WHERE NOT i.indisunique AND NOT i.indisexclusion AND i.indexprs IS NULL AND i.indpred IS NULL AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_opclass o WHERE o.oid = ANY (i.indclass) AND o.opcnamespace <> 'pg_catalog'::pg_catalog.regnamespace)
UNION ALL
SELECT 'trigger ' || r.name || '.' || t.tgname, 'definition', pg_catalog.pg_get_triggerdef(t.oid)
       || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'A' THEN ' (always)' WHEN 'D' THEN ' (disabled)' ELSE ' (in replicas only)' END
FROM relations r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
UNION ALL  -- PostgreSQL's own, several of one name and in no order
SELECT 'trigger ' || r.name || '.' || coalesce(c.conname, t.tgname), 'of the constraint', pg_catalog.string_agg(
    t.tgfoid::pg_catalog.regproc::text || ' ' || t.tgtype || ' ' || t.tgenabled::text, ', '
    ORDER BY t.tgfoid::pg_catalog.regproc::text COLLATE "C", t.tgtype, t.tgenabled)
FROM relations r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid
LEFT JOIN pg_catalog.pg_constraint c ON c.oid = t.tgconstraint
WHERE t.tgisinternal GROUP BY 1
UNION ALL
SELECT 'rule ' || r.name || '.' || w.rulename, 'definition', pg_catalog.pg_get_ruledef(w.oid)
FROM relations r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'policy ' || r.name || '.' || p.polname, 'definition', pg_catalog.concat_ws(' ', p.polcmd,
    CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
    'to ' || (SELECT pg_catalog.string_agg(coalesce(o.rolname, 'PUBLIC'), ', ' ORDER BY o.rolname COLLATE "C")
              FROM pg_catalog.unnest(p.polroles) m LEFT JOIN pg_catalog.pg_roles o ON o.oid = m),
    'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM relations r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT 'function ' || name, 'owner', pg_catalog.pg_get_userbyid(proowner) FROM functions
UNION ALL
SELECT 'function ' || name, 'body', coalesce(pg_catalog.pg_get_function_sqlbody(oid), prosrc) FROM functions
UNION ALL
SELECT 'function ' || name, 'security', CASE WHEN prosecdef THEN 'of its owner' ELSE 'of its caller' END FROM functions
UNION ALL
SELECT 'function ' || name, 'settings', coalesce(proconfig::text, 'none') FROM functions
UNION ALL
SELECT 'function ' || f.name, 'kind', l.lanname || ' ' || f.prokind::text || f.provolatile::text || f.proparallel::text
       || f.proisstrict::text || f.proleakproof::text || f.proretset::text || ' ' || pg_catalog.pg_get_function_result(f.oid)
FROM functions f JOIN pg_catalog.pg_language l ON l.oid = f.prolang
UNION ALL
SELECT 'role ' || rolname, 'rights', pg_catalog.concat_ws(', ',
    CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolinherit THEN 'inherit' END,
    CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolcreatedb THEN 'createdb' END,
    CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypassrls' END)
FROM ours
UNION ALL
SELECT 'role ' || o.rolname, 'is a member of', pg_catalog.string_agg(pg_catalog.pg_get_userbyid(m.roleid), ', ' ORDER BY pg_catalog.pg_get_userbyid(m.roleid) COLLATE "C")
FROM ours o JOIN pg_catalog.pg_auth_members m ON m.member = o.oid GROUP BY o.rolname
UNION ALL
-- Who migrates belongs to the owner: the login that owns the schema "installation", and superusers, who need no membership.
SELECT 'role proxy_owner', 'has the member', pg_catalog.string_agg(r.rolname, ', ' ORDER BY r.rolname COLLATE "C")
FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member
WHERE m.roleid = (SELECT oid FROM ours WHERE rolname = 'proxy_owner') AND NOT r.rolsuper
  AND m.member <> ALL (SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'installation')
HAVING count(*) > 0
UNION ALL
SELECT 'role ' || coalesce(r.rolname, 'PUBLIC'), 'may in this database', pg_catalog.string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type COLLATE "C")
FROM pg_catalog.pg_database d,
     pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a LEFT JOIN ours r ON r.oid = a.grantee
WHERE d.datname = current_database() AND (a.grantee = 0 OR r.oid IS NOT NULL) AND a.privilege_type <> 'CONNECT' GROUP BY 1
UNION ALL
SELECT coalesce('role ' || r.rolname, 'database'), 'has the setting ' || pg_catalog.split_part(c, '=', 1),
       pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)
FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) c
WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
  AND (s.setrole = 0 OR s.setrole IN (SELECT oid FROM ours)
       OR pg_catalog.split_part(c, '=', 1) IN ('session_replication_role', 'role', 'synchronous_commit'))
UNION ALL
SELECT 'the server', 'has the setting ' || name, reset_val FROM pg_catalog.pg_settings
WHERE (name = 'session_replication_role' AND reset_val <> 'origin')
   OR (name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND reset_val = 'off')
UNION ALL
SELECT 'the server', 'lets set session_replication_role', a.told FROM pg_catalog.pg_parameter_acl p, LATERAL (
    SELECT pg_catalog.string_agg(g, ', ' ORDER BY g COLLATE "C") AS told
    FROM pg_catalog.aclexplode(p.paracl) x, LATERAL (SELECT coalesce(pg_catalog.pg_get_userbyid(nullif(x.grantee, 0)), 'PUBLIC') AS g) n
    WHERE x.grantee NOT IN (SELECT oid FROM pg_catalog.pg_roles WHERE rolsuper)) a
WHERE p.parname = 'session_replication_role' AND a.told IS NOT NULL
UNION ALL
SELECT 'role ' || rolname, 'passes over', CASE WHEN rolsuper THEN 'everything' ELSE 'row security' END FROM pg_catalog.pg_roles
WHERE rolbypassrls AND NOT rolsuper OR rolsuper AND rolcanlogin AND oid <> 10  -- the one that the server was made with
UNION ALL
SELECT 'role proxy_owner', 'owns elsewhere', pg_catalog.string_agg(thing, ', ' ORDER BY thing COLLATE "C") FROM (
    SELECT c.oid::pg_catalog.regclass::text AS thing FROM pg_catalog.pg_class c
    WHERE c.relowner = (SELECT oid FROM ours WHERE rolname = 'proxy_owner')
      AND c.relnamespace NOT IN (SELECT oid FROM schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    UNION ALL
    SELECT p.oid::pg_catalog.regprocedure::text FROM pg_catalog.pg_proc p
    WHERE p.proowner = (SELECT oid FROM ours WHERE rolname = 'proxy_owner') AND p.pronamespace NOT IN (SELECT oid FROM schemas)
) elsewhere HAVING count(*) > 0
UNION ALL
SELECT 'event trigger ' || e.evtname, 'definition', e.evtevent || ' ' || e.evtfoid::pg_catalog.regproc::text
FROM pg_catalog.pg_event_trigger e
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e')
UNION ALL
SELECT 'default grants', pg_catalog.pg_get_userbyid(d.defaclrole) || ' ' || d.defaclobjtype::text, d.defaclacl::text
FROM pg_catalog.pg_default_acl d
WHERE d.defaclnamespace IN (SELECT oid FROM schemas) OR d.defaclrole = (SELECT oid FROM ours WHERE rolname = 'proxy_owner')
UNION ALL
SELECT 'function pg_catalog.' || p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')', 'made', 'since the server was'
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 11 AND l.lanname <> 'internal'
  AND p.xmin::text::bigint > (SELECT e.xmin::text::bigint FROM pg_catalog.pg_language e WHERE e.lanname = 'plpgsql')  -- made last with a server
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 1255 AND d.objid = p.oid AND d.deptype = 'e')

-- name: bundles
SELECT r.body #>> '{columns,revision}' AS revision, d.digest IS NOT NULL AS there
FROM audit.record r, LATERAL (SELECT pg_catalog.encode(audit.bundle_digest(r.body #>> '{columns,revision}'), 'hex') AS digest) d
WHERE r.kind = 'event' AND r.action = 'policy_kept' AND d.digest IS DISTINCT FROM r.body #>> '{facts,sha256}'
GROUP BY 1, 2 ORDER BY 1

-- name: server
SELECT current_setting('server_version_num')::integer / 10000
