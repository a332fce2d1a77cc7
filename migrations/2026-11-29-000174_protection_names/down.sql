DROP TABLE protection_names;
