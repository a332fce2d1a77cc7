DROP TABLE petition_sources;
