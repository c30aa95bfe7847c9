-- Let records name what many of them say alike: the events that state it, found by digest, and records read as both together.
SET ROLE proxy_owner;

CREATE INDEX ON audit.record_rest (target) WHERE kind = 'event' AND action = 'answer_stated';

DO $$
DECLARE
    of_day regclass;
BEGIN
    FOR of_day IN SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = 'audit.record'::regclass
                  AND i.inhrelid NOT IN ('audit.record_rest'::regclass, 'audit.record_former'::regclass) LOOP
        EXECUTE format('CREATE INDEX ON %s (target) WHERE kind = ''event'' AND action = ''answer_stated''', of_day);
    END LOOP;
END
$$;

CREATE FUNCTION audit.with_answer(facts jsonb, of_day date) RETURNS jsonb
    LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT a.facts || (with_answer.facts - 'answer_stated') || jsonb_build_object(
                   'decision', (a.facts -> 'decision') || (with_answer.facts -> 'decision'),
                   'input', (a.facts -> 'input') || (with_answer.facts -> 'input')
                       || CASE WHEN a.facts -> 'input' ? 'classification' THEN jsonb_build_object(
                              'classification', (a.facts #> '{input,classification}')
                                  || coalesce(with_answer.facts #> '{input,classification}', '{}')) ELSE '{}' END)
        FROM (SELECT (r.body -> 'facts')::jsonb AS facts FROM audit.record r
              WHERE r.day = of_day AND r.kind = 'event' AND r.action = 'answer_stated'
                AND r.target = with_answer.facts ->> 'answer_stated'
              LIMIT 1) a
    ), with_answer.facts)
$$;

CREATE FUNCTION audit.whole(body json) RETURNS json
    LANGUAGE plpgsql STABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    facts jsonb;
    made jsonb;
    of_day date;
BEGIN
    IF strpos(body::text, '"answer_stated":"') = 0 THEN
        RETURN body;
    END IF;
    facts := body -> 'facts';
    of_day := (to_timestamp((body #>> '{columns,at}')::bigint / 1000000) AT TIME ZONE 'UTC')::date;
    made := audit.with_answer(facts, of_day);
    IF facts ? 'earlier' THEN
        made := jsonb_set(made, '{earlier}', (SELECT jsonb_agg(audit.with_answer(e.value, of_day) ORDER BY e.place)
                                              FROM jsonb_array_elements(facts -> 'earlier') WITH ORDINALITY e (value, place)));
    END IF;
    IF facts ? 'answer' THEN
        made := jsonb_set(made, '{answer}', audit.with_answer(facts -> 'answer', of_day));
    END IF;
    RETURN json_build_object('columns', body -> 'columns', 'facts', made);
END
$$;

COMMENT ON FUNCTION audit.whole(json) IS 'The body of a record together with the answers that it names, as far as they are there';

REVOKE ALL ON FUNCTION audit.with_answer(jsonb, date), audit.whole(json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.with_answer(jsonb, date), audit.whole(json) TO proxy_reader;

CREATE OR REPLACE FUNCTION audit.open_records(of_writer text)
    RETURNS TABLE (exchange text, kind text, attempt integer, recorded_at timestamptz, tenant text, activity text, service text,
                   action text, target text, status integer, codes text[], revision text, data_revision text, body json)
    LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.exchange, r.kind, r.attempt, r.recorded_at, r.tenant, r.activity, r.service, r.action, r.target, r.status, r.codes,
           r.revision, r.data_revision, audit.whole(r.body)
    FROM audit.record d
    JOIN LATERAL (
        SELECT d.*
        UNION ALL
        SELECT a.* FROM audit.record a WHERE a.kind = 'attempt' AND a.exchange = d.exchange AND a.day = d.day
    ) r ON true
    WHERE d.writer = of_writer AND d.kind = 'decision'
      AND NOT EXISTS (
          SELECT FROM audit.record o WHERE o.kind = 'outcome' AND o.exchange = d.exchange AND o.day = d.day)
    ORDER BY d.seq, r.attempt
$$;

CREATE OR REPLACE VIEW audit.exchanges AS
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
       audit.whole(d.body) #> '{facts,input,classification}' AS classification,
       d.body #> '{facts,input,data_subjects}'        AS data_subjects,
       d.body #> '{facts,caller,subject_refs}'        AS subject_refs,
       audit.whole(d.body) #> '{facts,verdicts}'      AS verdicts,
       o.body #> '{facts,obligations_fulfilled}'      AS obligations_fulfilled,
       o.body #> '{facts,obligations_unfulfilled}'    AS obligations_unfulfilled,
       (o.body #>> '{facts,restored}')::integer       AS restored,
       d.writer,
       d.seq
FROM audit.record d
LEFT JOIN audit.record o ON o.exchange = d.exchange AND o.day = d.day AND o.kind = 'outcome'
WHERE d.kind = 'decision';

RESET ROLE;
