-- name: kept
SELECT key_id, purpose, tenant, sealed FROM master_key.kept WHERE sealed_by = $1

-- name: keep
INSERT INTO master_key.kept (key_id, purpose, tenant, sealed_by, sealed) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING

-- name: tenants
SELECT DISTINCT tenant FROM audit.exchanges WHERE json_array_length(subject_refs) > 0
