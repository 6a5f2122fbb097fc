-- +migrate Up
/* /* nested */
-- +migrate Down
*/ SELECT 1 -- +migrate Down
;
  -- +migrate Down
SELECT 2;
-- +migrate Up
SELECT 3;
