DROP TABLE postal_codes;
DROP TABLE postal_code_tables;
