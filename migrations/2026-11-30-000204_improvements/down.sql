DROP TABLE opinion_items;
DROP TABLE improvement_items;
