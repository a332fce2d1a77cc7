DROP TABLE agency_reconciliations;
DROP TABLE agency_batches;
DROP TABLE delivery_attempts;
DROP TABLE agency_deliveries;
DROP TABLE agency_notices;
DROP TABLE agencies;
