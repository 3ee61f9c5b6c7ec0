-- The batches of five in which summaries count what was heard and how it was rated; 0 where it was changed since, and is
-- never counted again. What the former editions counted would tell something beside them, so that it is not counted again.
ALTER TABLE consultation_answers ADD COLUMN heard_batch BIGINT;
ALTER TABLE consultation_answers ADD COLUMN rated_batch BIGINT;
UPDATE consultation_answers SET heard_batch = 0, rated_batch = 0
    WHERE consultation_id IN (SELECT id FROM consultations WHERE counted_in IS NOT NULL);
ALTER TABLE consultations DROP COLUMN counted_in;

-- The number of the last batch.
ALTER TABLE consultation_summaries RENAME COLUMN counted TO batches;
UPDATE consultation_summaries SET batches = 0, document = NULL, published_at = NULL;
