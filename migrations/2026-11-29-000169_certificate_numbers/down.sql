DROP TABLE case_certificates;
