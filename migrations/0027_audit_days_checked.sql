-- Read the records once while processes go on writing, so that the next step need not read them under a lock.
SET ROLE proxy_owner;

ALTER TABLE audit.record VALIDATE CONSTRAINT record_without_day;

RESET ROLE;
