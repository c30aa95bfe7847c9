SELECT e.at, e.exchange, e.tenant, e.activity, e.service, e.action, e.target, e.region, e.status, e.ended, e.code, e.codes,
       e.categories, list_sort(list_distinct(e.entity_types)) AS entities, e.subject_regions,
       list_sort(list_distinct(e.transfer_mechanisms)) AS mechanisms, e.restored, e.obligations_unfulfilled AS unfulfilled,
       e.revision, e.data_revision, e.ended_at, e.writer, e.seq
FROM matching e
WHERE $15 IS NULL OR e.at < $15 OR e.at = $15 AND e.exchange < $16
ORDER BY e.at DESC, e.exchange DESC
LIMIT $17
