UPDATE consultation_summaries SET batches = 0, document = NULL, published_at = NULL;
ALTER TABLE consultation_summaries RENAME COLUMN batches TO counted;
ALTER TABLE consultations ADD COLUMN counted_in BIGINT;
ALTER TABLE consultation_answers DROP COLUMN rated_batch;
ALTER TABLE consultation_answers DROP COLUMN heard_batch;
