DROP TABLE protection_lines;
DROP TABLE protection_barred;
DROP TABLE protection_marks;
