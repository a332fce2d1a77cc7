DROP TABLE store_probe;
DROP TABLE government_days;
