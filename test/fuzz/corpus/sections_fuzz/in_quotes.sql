-- +migrate Up
SELECT 'it''s
-- +migrate Down
', "a""b
-- +migrate Down
", E'\'
-- +migrate Down
';
-- +migrate Down
