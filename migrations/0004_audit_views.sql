-- Let officers read one row per exchange and one row per upstream call without knowing the record's layout.
SET ROLE proxy_owner;

CREATE VIEW audit.exchanges AS
SELECT d.exchange,
       d.recorded_at,
       d.tenant,
       d.activity,
       d.service,
       coalesce(o.action, d.action)                   AS action,
       d.target,
       o.status,
       CASE WHEN cardinality(o.codes) > 0 THEN o.codes ELSE d.codes END AS codes,
       o.body #>> '{facts,ended}'                     AS ended,
       o.body #>> '{facts,code}'                      AS code,
       o.recorded_at                                  AS ended_at,
       d.revision,
       d.data_revision,
       d.body #> '{facts,input,classification}'       AS classification,
       d.body #> '{facts,input,data_subjects}'        AS data_subjects,
       d.body #> '{facts,caller,subject_refs}'        AS subject_refs,
       d.body #> '{facts,verdicts}'                   AS verdicts,
       o.body #> '{facts,obligations_fulfilled}'      AS obligations_fulfilled,
       o.body #> '{facts,obligations_unfulfilled}'    AS obligations_unfulfilled,
       (o.body #>> '{facts,restored}')::integer       AS restored,
       d.writer,
       d.seq
FROM audit.record d
LEFT JOIN audit.record o ON o.exchange = d.exchange AND o.kind = 'outcome'
WHERE d.kind = 'decision';

CREATE VIEW audit.attempts AS
SELECT a.exchange,
       a.attempt,
       a.recorded_at,
       a.tenant,
       a.activity,
       a.service,
       a.target,
       a.body #>> '{facts,region}'                    AS region,
       (a.body #>> '{facts,bytes}')::bigint           AS bytes_intended,
       e.ended ->> 'ended'                            AS ended,
       (e.ended ->> 'status')::integer                AS status,
       (e.ended ->> 'bytes_out')::bigint              AS bytes_out,
       (e.ended ->> 'bytes_in')::bigint               AS bytes_in,
       (e.ended ->> 'duration_ms')::bigint            AS duration_ms,
       e.ended ->> 'upstream_request_id'              AS upstream_request_id,
       a.body #> '{facts,obligations_fulfilled}'      AS obligations_fulfilled,
       a.body #> '{facts,transfers}'                  AS transfers,
       a.body #> '{facts,remarks}'                    AS remarks,
       a.writer,
       a.seq
FROM audit.record a
LEFT JOIN audit.record o ON o.exchange = a.exchange AND o.kind = 'outcome'
LEFT JOIN LATERAL (
    SELECT t.value AS ended
    FROM json_array_elements(o.body #> '{facts,attempts}') t
    WHERE (t.value ->> 'number')::integer = a.attempt
    LIMIT 1
) e ON true
WHERE a.kind = 'attempt';

GRANT SELECT ON audit.exchanges, audit.attempts TO proxy_reader;

RESET ROLE;
