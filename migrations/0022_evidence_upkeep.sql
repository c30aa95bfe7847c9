-- Let recovery read the records of exchanges that are still open, whose typed rows it makes; let readers compare the rollups.
SET ROLE proxy_owner;

CREATE FUNCTION audit.open_records(of_writer text)
    RETURNS TABLE (exchange text, kind text, attempt integer, recorded_at timestamptz, tenant text, activity text, service text,
                   action text, target text, status integer, codes text[], revision text, data_revision text, body json)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.exchange, r.kind, r.attempt, r.recorded_at, r.tenant, r.activity, r.service, r.action, r.target, r.status, r.codes,
           r.revision, r.data_revision, r.body
    FROM audit.record d
    JOIN LATERAL (
        SELECT d.*
        UNION ALL
        SELECT a.* FROM audit.record a WHERE a.kind = 'attempt' AND a.exchange = d.exchange
    ) r ON true
    WHERE d.writer = of_writer AND d.kind = 'decision'
      AND NOT EXISTS (
          SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange)
    ORDER BY d.seq, r.attempt
$$;

REVOKE ALL ON FUNCTION audit.open_records(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.open_records(text) TO proxy_writer;
GRANT SELECT ON evidence.each_day, evidence.each_entity, evidence.each_transfer, evidence.each_touch, evidence.day_folded,
    evidence.entity_day_folded, evidence.transfer_day_folded, evidence.touch_folded TO proxy_reader;

RESET ROLE;
