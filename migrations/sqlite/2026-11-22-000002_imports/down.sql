DROP TABLE import_seen;
DROP TABLE import_terms;
DROP TABLE import_faults;
DROP TABLE import_parts;
DROP TABLE imports;
