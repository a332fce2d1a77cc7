DROP TABLE case_ex_officio;
