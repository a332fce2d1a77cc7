DROP TABLE volunteer_hour_report_lines;
DROP TABLE volunteer_hour_reports;
DROP TABLE volunteer_hours;
