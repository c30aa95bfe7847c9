-- Let the questions about few exchanges among many find them: disclosures, failovers, US persons, notices, one activity.
SET ROLE proxy_owner;

CREATE INDEX exchange_accounted ON evidence.exchange (at) WHERE true = ANY (attempt_accounted);
CREATE INDEX exchange_moved ON evidence.exchange (at) WHERE cardinality(attempt_targets) > 1;
CREATE INDEX exchange_us ON evidence.exchange (at) INCLUDE (tenant, us_category, recipient, region, us_persons)
    WHERE us_category <> '';
CREATE INDEX exchange_noticed ON evidence.exchange (at)
    WHERE target <> '' AND (notice <> '' OR 'obligations.redisclosure_notice' = ANY (obligations_fulfilled)
                            OR 'obligations.redisclosure_notice' = ANY (obligations_unfulfilled));
CREATE INDEX exchange_activity ON evidence.exchange (activity, at);

RESET ROLE;
