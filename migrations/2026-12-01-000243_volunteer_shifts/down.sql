DROP TABLE shifts;
DROP TABLE shift_batches;
DROP TABLE shift_templates;
