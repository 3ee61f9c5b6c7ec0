DROP TABLE consultation_summaries;
DROP TABLE consultation_contributors;
DROP TABLE consultation_traces;
DROP TABLE consultation_answers;
DROP TABLE consultations;
DROP TABLE therapist_answers;
DROP TABLE question_sets;
