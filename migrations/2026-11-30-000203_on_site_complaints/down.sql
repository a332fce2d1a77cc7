DROP TABLE on_site_concerned;
DROP TABLE on_site_concerns;
DROP TABLE on_site_steps;
DROP TABLE on_site_complaints;
