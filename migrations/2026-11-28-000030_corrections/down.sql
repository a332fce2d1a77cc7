DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT id FROM agency_deliveries WHERE corrects IS NOT NULL);
DELETE FROM agency_deliveries WHERE corrects IS NOT NULL;
DROP INDEX agency_deliveries_by_notice;
DROP INDEX agency_deliveries_corrected_once;
DROP INDEX agency_deliveries_first;
CREATE UNIQUE INDEX agency_deliveries_first ON agency_deliveries (notice_id, agency_code);
ALTER TABLE agency_deliveries DROP COLUMN corrects;
ALTER TABLE agency_deliveries DROP COLUMN kind;
